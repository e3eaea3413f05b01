import { writeSync } from 'node:fs';
import { openDatabase } from '../src/open-database.ts';
import { newJob } from './factories.ts';

/** Submits a job and is gone the moment it is committed, before anybody could be told of it. */
const database = await openDatabase({
  url: process.argv[2] ?? '',
  poolSize: 1,
  onError: (error) => {
    throw error;
  },
});
const { view } = await database.jobs.submit(newJob());
writeSync(1, `${view.id}\n`);
process.kill(process.pid, 'SIGKILL');
