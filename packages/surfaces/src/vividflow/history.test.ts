import { describe, expect, it } from 'vitest';
import { finish, startVividFlow } from '../../test/harness-vividflow.ts';
import { historyBodySchema } from './schemas.ts';

describe('history', async () => {
  const app = await startVividFlow();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift((await app.submit({ prompt: `  film ${index} ` })).job_id);
    app.clock.advance(60);
  }
  const history = async (query: string) => {
    const answer = await app.call('GET', `/api/v1/history${query}`);
    expect(answer.statusCode, answer.body).toBe(200);
    return { rows: historyBodySchema.parse(answer.json()), headers: answer.headers };
  };

  it('lists a bare array, newest first, with the time in the form of the document', async () => {
    const { rows, headers } = await history('');
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows[4]).toEqual({
      id: ids[4],
      prompt: 'film 0',
      video_url: null,
      status: 'PROCESSING',
      timestamp: '2026-05-07 12:34:56',
    });
    expect([headers['x-total-count'], headers.link]).toEqual(['5', undefined]);
  });

  it('shows the link of a film and the word of a failed job', async () => {
    finish(app, ids[0] ?? '');
    app.jobs.change(ids[1] ?? '', { state: 'failed', error: { code: 'x', message: 'y' } });
    const { rows } = await history('?limit=2');
    expect(rows.map(({ status, video_url }) => [status, video_url])).toEqual([
      ['COMPLETED', `https://files.test/${ids[0]}.mp4?token=fil_film`],
      ['FAILED', null],
    ]);
  });

  it('pages by offset and by page, and links to the next', async () => {
    const first = await history('?limit=2');
    expect(first.headers.link).toBe('<https://polyreel.test/api/v1/history?limit=2&offset=2>; rel="next"');
    expect((await history('?limit=2&offset=2')).rows.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    const last = await history('?limit=2&page=3');
    expect(last.rows.map(({ id }) => id)).toEqual(ids.slice(4));
    expect(last.headers.link).toBe('<https://polyreel.test/api/v1/history?limit=2&page=2>; rel="prev"');
    expect((await history('?offset=99')).rows).toEqual([]);
  });

  it('shows an account its own jobs only, through each of its keys', async () => {
    const stranger = await app.call('GET', '/api/v1/history', { key: 'stranger' });
    expect([stranger.json(), stranger.headers['x-total-count']]).toEqual([[], '0']);
    expect((await app.call('GET', '/api/v1/history', { key: 'ownerSecond' })).json()).toHaveLength(5);
  });

  it.each([
    ['?limit=0', ['limit must be an integer between 1 and 100']],
    ['?limit=101', ['limit must be an integer between 1 and 100']],
    ['?limit=1&limit=2', ['limit must be an integer between 1 and 100']],
    ['?offset=-1', ['offset must be an integer of at least 0']],
    ['?page=0', ['page must be an integer of at least 1']],
    ['?page=2&offset=2', ['offset and page cannot be given together']],
    ['?limit=x&page=y', ['limit must be an integer between 1 and 100', 'page must be an integer of at least 1']],
  ])('400 for %s', async (query, details) => {
    const answer = await app.call('GET', `/api/v1/history${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: 'Invalid parameters', details });
  });
});
