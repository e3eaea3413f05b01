import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJob } from '../../test/factories.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';
import { claimOf } from '../../test/step-helpers.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
  await db.addAccount(1);
});
afterAll(() => db.drop());

const refused = (sql: string, pattern: RegExp) => expect(db.pool.query(sql), sql).rejects.toThrow(pattern);

describe('the tables refuse', () => {
  it('every way out of a final state of a job', async () => {
    for (const state of ['succeeded', 'failed', 'cancelled'] as const) {
      const job = newJob();
      await db.jobs.submit(job);
      const step = await claimOf(db, job);
      if (state === 'succeeded') await db.steps.succeed(step, { artifacts: [], warnings: [] }, []);
      else if (state === 'failed') await db.steps.fail(step, { code: 'x', publicMessage: 'x', permanent: true }, null);
      else {
        await db.jobs.cancel({ ...job, from: ['running'] });
        await db.steps.handBack(step);
      }
      for (const other of ['queued', 'running', 'succeeded', 'failed', 'cancelled'].filter((word) => word !== state))
        await refused(`UPDATE jobs SET state = '${other}' WHERE id = '${job.id}'`, /cannot become/);
    }
  });

  it('words that no state machine has', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    await refused(`UPDATE jobs SET state = 'done' WHERE id = '${job.id}'`, /jobs_state_known/);
    await refused(`UPDATE steps SET state = 'done' WHERE job_id = '${job.id}'`, /steps_state_known/);
    await refused(`UPDATE steps SET state = 'running' WHERE job_id = '${job.id}'`, /steps_lease/);
    await refused(`UPDATE accounts SET role = 'root'`, /accounts_role_known/);
    await db.jobs.cancel({ ...job, from: ['queued'] });
  });

  it('a fall of progress silently, whoever writes it', async () => {
    const job = newJob();
    await db.jobs.submit(job);
    await db.pool.query(`UPDATE jobs SET progress_ratio = 0.7 WHERE id = '${job.id}'`);
    await db.pool.query(`UPDATE jobs SET progress_ratio = 0.2 WHERE id = '${job.id}'`);
    expect(await db.jobs.findById(job.id)).toMatchObject({ progressRatio: 0.7, version: 3 });
    await refused(`UPDATE jobs SET progress_ratio = 1.5 WHERE id = '${job.id}'`, /jobs_progress_ratio/);
    await db.jobs.cancel({ ...job, from: ['queued'] });
  });

  it('a pending file without an end', async () => {
    await refused(
      `INSERT INTO files (id, account_id, origin, object_key, media_type, display_name) VALUES ('f', 'usr_1', 'upload', 'k', 'a/b', 'n')`,
      /files_pending_expires/,
    );
  });
});

describe('rate windows', () => {
  it('are UNLOGGED, so that counting costs no log', async () => {
    const { rows } = await db.pool.query(`SELECT relpersistence FROM pg_class WHERE relname = 'rate_windows'`);
    expect(rows).toEqual([{ relpersistence: 'u' }]);
  });
});
