import { describe, expect, it } from 'vitest';
import { startV1, trustingInspector } from '../../test/harness-v1.ts';
import { artifact } from '../../test/harness-v2.ts';
import documented from './fixtures/list.json' with { type: 'json' };
import { listBodySchema } from './schemas.ts';

describe('GET /api/jobs', async () => {
  const app = await startV1({}, { inspector: trustingInspector });
  const list = async (query: string) => {
    const answer = await app.call('GET', `/api/jobs${query}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return listBodySchema.parse(answer.json());
  };
  /** Five jobs of the owner, newest last, and one of somebody else. */
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const id = await app.submit(index === 0 ? { webhookUrl: 'https://your.app/hook' } : {});
    ids.push(id);
    app.clock.advance(60);
    if (index === 4) break;
    app.jobs.change(id, { state: 'running', retries: index });
    if (index === 1) app.jobs.change(id, { state: 'failed', error: { code: 'x', message: 'No face found' } });
    else
      app.jobs.change(id, { state: 'succeeded', artifacts: [artifact('film', `${id}.mp4`), artifact('thumbnail', `${id}.jpg`)] });
  }
  const foreign = await app.submit({ key: 'stranger' });
  const newestFirst = ids.toReversed();

  it('answers the documented keys for each job and for the page', async () => {
    const { jobs, pagination } = await list('');
    expect(jobs.map(({ id }) => id)).toEqual(newestFirst);
    expect(pagination).toEqual({ limit: 20, nextCursor: null, hasNextPage: false });
    for (const job of jobs) expect(Object.keys(job)).toEqual(Object.keys(documented.answer.jobs[0] ?? {}));
    expect(Object.keys(pagination)).toEqual(Object.keys(documented.answer.pagination));
    expect(jobs.at(-1)).toEqual({
      id: ids[0],
      status: 'COMPLETED',
      outputVideo: `https://files.test/${ids[0]}.mp4?token=fil_film`,
      outputShareLink: expect.stringMatching(/^https:\/\/files\.test\/share\/job_/),
      errorMessage: null,
      retries: 0,
      createdAt: '2026-05-07T12:34:56.000Z',
      updatedAt: '2026-05-07T12:35:56.000Z',
      webhookUrl: 'https://your.app/hook',
    });
    expect(jobs.at(-2)).toMatchObject({
      status: 'FAILED',
      outputVideo: null,
      outputShareLink: null,
      errorMessage: 'No face found',
      retries: 1,
    });
    expect(jobs[0]).toMatchObject({ status: 'PENDING', outputVideo: null, errorMessage: null, webhookUrl: null });
  });

  it('pages by cursor without a gap or a repeat', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 3; pages += 1) {
      const { jobs, pagination } = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...jobs.map(({ id }) => id));
      expect(pagination.hasNextPage).toBe(pages < 2);
      expect(pagination.nextCursor).toBe(pages < 2 ? jobs.at(-1)?.id : null);
      cursor = pagination.nextCursor ?? '';
    }
    expect(seen).toEqual(newestFirst);
  });

  it('filters by status in any case, also with a cursor of another filter', async () => {
    expect((await list('?status=COMPLETED')).jobs.map(({ id }) => id)).toEqual([ids[3], ids[2], ids[0]]);
    expect((await list('?status=failed')).jobs.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await list('?status=CANCELLED')).jobs).toEqual([]);
    expect((await list(`?status=completed&cursor=${ids[3]}`)).jobs.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
  });

  it.each(['limit=0', 'limit=101', 'limit=-1', 'limit=1.5', 'limit=x', 'limit=', 'limit=1&limit=2', 'limit=1e1'])(
    '400 limit must be an integer between 1 and 100: %s',
    async (query) => {
      const answer = await app.call('GET', `/api/jobs?${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'limit must be an integer between 1 and 100' });
    },
  );

  it.each(['limit=1', 'limit=100'])('takes %s', async (query) => {
    expect((await list(`?${query}`)).pagination.limit).toBe(Number(query.slice(6)));
  });

  it.each(['', 'nonsense', 'c'.repeat(25), '%00', '%27', 'cx&cursor=cy', foreign])(
    '400 Invalid cursor for %j',
    async (cursor) => {
      const answer = await app.call('GET', `/api/jobs?cursor=${cursor}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toEqual({ error: 'Invalid cursor' });
    },
  );

  it.each(['done', '', 'PENDING,FAILED', 'PENDING&status=FAILED'])('400 for status %j', async (status) => {
    const answer = await app.call('GET', `/api/jobs?status=${status}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: 'status must be one of PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED' });
  });

  it('401 without a key', async () => {
    expect((await app.call('GET', '/api/jobs', null)).json()).toEqual({ error: 'Missing X-API-Key header' });
  });

  it('answers HEAD as GET', async () => {
    expect((await app.call('HEAD', '/api/jobs')).statusCode).toBe(200);
  });
});
