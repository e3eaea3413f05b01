import { readFileSync } from 'node:fs';
import { parentPort, threadId } from 'node:worker_threads';

/** A thread that does what the body says, for tests of what happens to the pool. */
parentPort?.on('message', ({ bodyPath }: { bodyPath: string }) => {
  const body = readFileSync(bodyPath, 'utf8');
  if (body === 'exit') process.exit(3);
  if (body === 'throw') throw new Error('a bug');
  if (body === 'hang') for (;;) Math.random();
  if (body === 'eat') {
    const eaten: number[][] = [];
    for (;;) eaten.push(Array.from({ length: 10_000 }, () => Math.random()));
  }
  if (body === 'wait') setTimeout(() => parentPort?.postMessage({ type: 'scanned', text: 'waited', moved: new Map() }), 300);
  else parentPort?.postMessage({ type: 'scanned', text: body === 'thread id' ? String(threadId) : body, moved: new Map() });
});
