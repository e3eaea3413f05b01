import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEmbedder } from './embedder.ts';

const heard: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  heard.push({ url: request.url, authorization: request.headers.authorization, body });
  if (request.headers.authorization === 'Bearer bad') return response.writeHead(401).end();
  const data = [
    { index: 1, embedding: [0, 1] },
    { index: 0, embedding: [1, 0] },
  ];
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
});
let baseUrl = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1/`;
});
afterAll(() => server.close());

it('asks once for all texts and gives vectors in their order', async () => {
  const embedder = createEmbedder({ baseUrl, model: 'm', apiKey: 'k' });
  expect(await embedder.embed(['a', 'b'], AbortSignal.timeout(5000))).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(heard).toEqual([
    { url: '/v1/embeddings', authorization: 'Bearer k', body: { model: 'm', input: ['a', 'b'], encoding_format: 'float' } },
  ]);
});

it.each([
  ['refuses', 'bad', ['a', 'b']],
  ['leaves a text out', 'k', ['a', 'b', 'c']],
])('says embedding_failed when the endpoint %s', async (_name, apiKey, texts) => {
  const embedder = createEmbedder({ baseUrl, model: 'm', apiKey });
  await expect(embedder.embed(texts, AbortSignal.timeout(5000))).rejects.toMatchObject({ code: 'embedding_failed' });
});
