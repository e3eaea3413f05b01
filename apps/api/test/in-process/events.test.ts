import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from './start-app.ts';

let app: InProcessApp;
let url: string;
beforeAll(async () => {
  app = await startApp();
  url = await app.listen();
});
afterAll(() => app.stop());

interface Sent {
  readonly event: string;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
}

const parseFrame = (text: string): Sent => {
  const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? null;
  return {
    event: field('event') ?? '',
    id: field('id'),
    data: z.record(z.string(), z.unknown()).parse(JSON.parse(field('data') ?? '{}')),
  };
};

/** Events one by one, to the end of the stream. */
async function* eventsOf(answer: Response): AsyncGenerator<Sent> {
  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) if (!frame.startsWith(':')) yield parseFrame(frame);
  }
}

const open = (id: string, key: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/jobs/${id}/events`, { headers: { authorization: `Bearer ${key}`, ...headers }, signal: signal ?? null });

async function submit() {
  const account = await app.createAccount();
  const answer = await app.app.inject({
    method: 'POST',
    url: '/api/v2',
    headers: { authorization: `Bearer ${account.key}` },
    payload: { action: 'generate', scenes: [{ prompt: 'a lighthouse' }] },
  });
  const { id } = answer.json<{ id: string }>();
  return { ...account, id, jobId: String(answer.headers['x-polyreel-job']) };
}

const next = async (events: AsyncGenerator<Sent>): Promise<Sent> => {
  const { value } = await events.next();
  return z.custom<Sent>((sent) => sent !== undefined).parse(value);
};

/** A step of the job, taken as a worker takes it. */
async function claim(jobId: string) {
  const step = await app.database.steps.claim({ resource: 'cpu', workerId: 'wrk_test' });
  if (step?.jobId !== jobId) throw new Error(`claimed a step of ${step?.jobId} instead of ${jobId}`);
  return step;
}

describe('GET /jobs/<id>/events', () => {
  it('tells stored states by number, progress, and the end, after which it closes', async () => {
    const { id, jobId, key } = await submit();
    const answer = await open(id, key);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = eventsOf(answer);
    expect(await next(events)).toMatchObject({ event: 'state', id: '1', data: { id, job: jobId, state: 'queued' } });
    expect(await next(events)).toMatchObject({ event: 'progress', id: null, data: { progress: 0 } });
    const step = await claim(jobId);
    expect(await next(events)).toMatchObject({ event: 'state', id: '2', data: { state: 'running' } });
    await app.database.steps.heartbeat([{ ...step, progressRatio: 0.5 }]);
    const progress = await next(events);
    expect(progress.event).toBe('progress');
    expect(progress.data.progress).toBeGreaterThan(0);
    await app.database.steps.fail(step, { code: 'broken', publicMessage: 'It broke', permanent: true }, null);
    const rest: Sent[] = [];
    for await (const sent of events) rest.push(sent);
    expect(rest.filter(({ event }) => event !== 'progress')).toMatchObject([
      { event: 'state', id: '3', data: { state: 'failed' } },
      { event: 'end', id: null, data: { id, state: 'failed', error: { code: 'broken', message: 'It broke' } } },
    ]);
  });

  it('is resumed after the state that the client has seen, by our own id too', async () => {
    const { jobId, key } = await submit();
    const step = await claim(jobId);
    await app.database.steps.fail(step, { code: 'x', publicMessage: 'x', permanent: true }, null);
    const told = async (lastEventId: string) => {
      const seen: string[] = [];
      for await (const { event, id } of eventsOf(await open(jobId, key, { 'last-event-id': lastEventId })))
        seen.push(id ?? event);
      return seen;
    };
    expect(await told('')).toEqual(['1', '2', '3', 'end']);
    expect(await told('rubbish')).toEqual(['1', '2', '3', 'end']);
    expect(await told('2')).toEqual(['3', 'end']);
    expect(await told('3')).toEqual(['end']);
  });

  it('takes the key in either header, and answers 401 without one', async () => {
    const { id, key } = await submit();
    const gone = new AbortController();
    const byHeader = await fetch(`${url}/jobs/${id}/events`, { headers: { 'x-api-key': key }, signal: gone.signal });
    expect(byHeader.status).toBe(200);
    gone.abort();
    const without = await fetch(`${url}/jobs/${id}/events`);
    expect([without.status, await without.json()]).toEqual([401, { error: 'Unauthorized' }]);
    expect((await open(id, 'vg_live_of_nobody')).status).toBe(401);
  });

  it('404 for unknown ids, other accounts and texts that are no id', async () => {
    const { id, jobId } = await submit();
    const stranger = await app.createAccount();
    for (const name of [id, jobId, 'run_unknown', 'a%00b', '%F0%9F%8E%AC'])
      expect((await open(name, stranger.key)).status, name).toBe(404);
  });

  it('404 for a job of a surface that the key is not for', async () => {
    const { id, accountId } = await submit();
    const key = 'vg_live_only_for_another_surface'.padEnd(51, '0');
    const row = { id: 'key_other', accountId, name: 'other', prefix: 'vg_live_', lastFour: '0000', surfaces: ['vidgen-v1'] };
    await app.database.accounts.createKey({ ...row, sha256: createHash('sha256').update(key).digest('hex') });
    expect((await open(id, key)).status).toBe(404);
  });

  it('ends all streams when the process stops', async () => {
    const other = await startApp();
    const account = await other.createAccount();
    const answer = await other.app.inject({
      method: 'POST',
      url: '/api/v2',
      headers: { authorization: `Bearer ${account.key}` },
      payload: { action: 'generate', scenes: [{ prompt: 'a lighthouse' }] },
    });
    const { id } = answer.json<{ id: string }>();
    const stream = await fetch(`${await other.listen()}/jobs/${id}/events`, {
      headers: { authorization: `Bearer ${account.key}` },
    });
    const events = eventsOf(stream);
    await next(events);
    const stopped = other.stop();
    for await (const { event } of events) expect(event).not.toBe('end');
    await stopped;
  });
});
