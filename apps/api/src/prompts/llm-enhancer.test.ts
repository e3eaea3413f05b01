import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanAnswer, createLlmEnhancer } from './llm-enhancer.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A chat endpoint on loopback; keeps what it was asked. */
async function startEndpoint(answer: (response: ServerResponse) => void) {
  const asked: { request: IncomingMessage; body: string }[] = [];
  const server = createServer(async (request, response) => {
    asked.push({ request, body: await text(request) });
    answer(response);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { asked, baseUrl: `http://127.0.0.1:${address.port}/v1` };
}

const reply =
  (content: unknown, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }));
  };
const request = { prompt: 'woman walking in rain', mode: 'text-to-video', lengthMax: 4000 } as const;
const enhancerAt = (baseUrl: string, timeoutMs = 60_000) =>
  createLlmEnhancer({ baseUrl, model: 'some-model', apiKey: 'secret-key', timeoutMs });

describe('createLlmEnhancer', () => {
  it('asks an OpenAI-style endpoint and says that a model wrote the answer', async () => {
    const { asked, baseUrl } = await startEndpoint(reply('A woman walks through rain-slick streets, slow tracking shot'));
    expect(await enhancerAt(baseUrl).enhance(request)).toEqual({
      prompt: 'A woman walks through rain-slick streets, slow tracking shot',
      by: 'llm',
    });
    const [call] = asked;
    expect([call?.request.url, call?.request.headers.authorization]).toEqual(['/v1/chat/completions', 'Bearer secret-key']);
    expect(JSON.parse(call?.body ?? '')).toMatchObject({
      model: 'some-model',
      messages: [{ role: 'system' }, { role: 'user', content: 'woman walking in rain' }],
    });
  });

  it('fails, and keeps key and prompt out of the error, when the endpoint refuses, rambles, redirects or says nothing', async () => {
    const redirect = (response: ServerResponse): void => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    };
    for (const answer of [reply('x', 500), reply('x', 401), reply(''), reply(null), reply('"-"'), redirect]) {
      const { baseUrl } = await startEndpoint(answer);
      const error: unknown = await enhancerAt(baseUrl)
        .enhance(request)
        .then(
          () => null,
          (fault: unknown) => fault,
        );
      expect(error).toMatchObject({ kind: 'backend_unavailable', code: 'optimization_failed' });
      expect(String(error instanceof Error ? `${error.stack} ${error.cause}` : error)).not.toMatch(/secret-key|woman walking/);
    }
  });

  it('gives up on an endpoint that does not answer in time, and on one that is not there', async () => {
    const { baseUrl } = await startEndpoint(() => undefined);
    await expect(enhancerAt(baseUrl, 50).enhance(request)).rejects.toMatchObject({ code: 'optimization_failed' });
    await expect(enhancerAt('http://127.0.0.1:1/v1').enhance(request)).rejects.toMatchObject({ code: 'optimization_failed' });
  });
});

describe('cleanAnswer', () => {
  it.each([
    ['<think>hm, -x</think>\n"A red fox\nin snow."', 'A red fox in snow.'],
    ['Optimized prompt: a fox, --close-up, - slow', 'a fox, close-up, slow'],
    ['**a fox**', 'a fox'],
    ['a fox,, ,in snow', 'a fox, in snow'],
  ])('%j', (answer, expected) => {
    expect(cleanAnswer(answer, 4000)).toBe(expected);
  });

  it('ends at a comma where an answer is too long', () => {
    expect(cleanAnswer('a fox in snow, running, slow pan', 25)).toBe('a fox in snow, running');
    expect(() => cleanAnswer('x'.repeat(30), 25)).toThrow('nothing that fits');
  });
});
