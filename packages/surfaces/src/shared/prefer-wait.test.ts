import { request as httpRequest } from 'node:http';
import { keyText } from '@polyreel/testkit/surface-app';
import { describe, expect, it } from 'vitest';
import { finish, startV2 } from '../../test/harness-v2.ts';
import { readWaitSeconds } from './prefer-wait.ts';

describe('readWaitSeconds', () => {
  it.each([
    ['wait=10', 10],
    ['respond-async, wait=7', 7],
    ['WAIT = "5"; x=1', 5],
    ['wait=3, wait=9', 3],
    ['wait=600', 60],
    ['wait=0', 0],
  ])('reads %s', (header, seconds) => {
    expect(readWaitSeconds(header)).toBe(seconds);
  });

  it.each([undefined, '', 'wait', 'wait=-1', 'wait=1.5', 'wait=x', 'await=5'])('finds no wait in %s', (header) => {
    expect(readWaitSeconds(header)).toBeNull();
  });
});

/** Deadline of what must come by a signal: shorter than a look of the waiting call would take. */
const watched = async (app: { jobs: { watchCount(): number } }, count: number): Promise<void> => {
  await expect.poll(() => app.jobs.watchCount(), { timeout: 30_000, interval: 5 }).toBe(count);
};

describe('a status call with Prefer: wait', async () => {
  const app = await startV2();
  const status = (id: string, prefer: string) => app.call({ action: 'status', id }, { headers: { prefer } });

  it('is held until the state changes, and answers with the new one', async () => {
    const run = await app.submit();
    const held = status(run.id, 'wait=60');
    await watched(app, 1);
    app.jobs.change(run.id, { state: 'running' });
    const answer = await held;
    expect(answer.json()).toMatchObject({ status: 'IN_PROGRESS' });
    expect(answer.headers['preference-applied']).toBe('wait=60');
    expect(app.jobs.watchCount()).toBe(0);
  });

  it('is not let go by progress alone', async () => {
    const run = await app.submit();
    app.jobs.change(run.id, { state: 'running' });
    const held = status(run.id, 'wait=60');
    await watched(app, 1);
    app.jobs.change(run.id, { progressRatio: 0.5 });
    app.jobs.change(run.id, { state: 'failed', error: { code: 'x', message: 'It broke' } });
    expect((await held).json()).toMatchObject({ status: 'FAILED' });
  });

  it('is answered as it is when the time is over', async () => {
    const run = await app.submit();
    const answer = await status(run.id, 'wait=1');
    expect(answer.json()).toMatchObject({ status: 'IN_QUEUE', id: run.id });
    expect(answer.headers['preference-applied']).toBe('wait=1');
  });

  it('is answered at once for a job that has ended', async () => {
    const run = await app.submit();
    finish(app, run);
    const answer = await status(run.id, 'wait=60');
    expect(answer.json()).toMatchObject({ status: 'COMPLETED' });
    expect(answer.headers['preference-applied']).toBe('wait=60');
  });

  it('waits for nothing when the id is unknown (404), and says nothing without the header', async () => {
    const missing = await status('run_unknown', 'wait=60');
    expect([missing.statusCode, missing.headers['preference-applied']]).toEqual([404, undefined]);
    const run = await app.submit();
    expect((await app.call({ action: 'status', id: run.id })).headers['preference-applied']).toBeUndefined();
  });

  it('is free again when its client goes away', async () => {
    const run = await app.submit();
    const call = httpRequest(`${await app.listen()}/api/v2`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyText('owner')}`, 'content-type': 'application/json', prefer: 'wait=60' },
    });
    call.on('error', () => undefined);
    call.end(JSON.stringify({ action: 'status', id: run.id }));
    await watched(app, 1);
    call.destroy();
    await watched(app, 0);
  });
});
