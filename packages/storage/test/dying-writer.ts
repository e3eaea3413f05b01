// Stops a put or a delete at its Nth file operation, in a process of its own.
//   node dying-writer.ts FOLDER ACTION KEY DIE_AT    that operation kills the process by SIGKILL; 0: none does
//   node dying-writer.ts FOLDER ACTION KEY each      for N = 1, 2, ... in the folder FOLDER/N: the operation and all after it never
//                                                    return, which is what death looks like from the disk; ends where N is past the end
// Prints the operations of the last run, one a line.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const [folder = '', action = '', key = '', dieAt = '0'] = process.argv.slice(2);

/** The run that goes on; operations of earlier, frozen runs do not get here any more. */
let run: { readonly root: string; readonly onStep: (count: number) => Promise<void>; readonly steps: string[] } | undefined;

/** Held, so that the files of frozen runs are not closed by the garbage collector. */
const opened: object[] = [];

/** Just before the operation: what came before it has been done, it itself has not. */
async function step(name: string, file: unknown): Promise<void> {
  if (run === undefined) return;
  const place = String(file) === run.root ? '.' : path.relative(run.root, String(file));
  run.steps.push(`${name} ${place.replace(/~[0-9a-f]{32}\./, '~*.')}`);
  await run.onStep(run.steps.length);
}

function watch(target: object, method: string, fileOf: (args: readonly unknown[]) => unknown): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== 'function') throw new TypeError(`no method ${method}`);
  Reflect.set(target, method, async (...args: readonly unknown[]) => {
    await step(method, fileOf(args));
    const result: unknown = await Reflect.apply(original, target, args);
    if (method === 'open' && typeof result === 'object' && result !== null) {
      opened.push(result);
      for (const handleMethod of ['writeFile', 'sync', 'close']) watch(result, handleMethod, () => args[0]);
    }
    return result;
  });
}

for (const method of ['mkdir', 'open', 'rename', 'rm', 'rmdir', 'readFile', 'stat']) watch(fs, method, ([file]) => file);
syncBuiltinESMExports();

// Only now: the store must bind to the watched functions.
const { createFsStore } = await import('../src/fs/fs-store.ts');
const { createLinkSigner } = await import('../src/links/link-signer.ts');

async function perform(root: string, onStep: (count: number) => Promise<void>): Promise<string[]> {
  const clock = { now: () => new Date() };
  const signer = createLinkSigner({ secretKey: new Uint8Array(32), previousKeys: [], clock });
  const store = await createFsStore({ folder: root, publicUrl: '', signer, clock });
  run = { root, onStep, steps: [] };
  const { steps } = run;
  try {
    if (action === 'delete') await store.delete(key);
    else await store.put(key, Buffer.from('the new film'), { contentType: 'video/webm', signal: AbortSignal.timeout(60_000) });
  } finally {
    run = undefined;
  }
  return steps;
}

/** False: the action came to its end before. */
async function freezeAt(root: string, dieAtCount: number): Promise<boolean> {
  const frozen = Promise.withResolvers<true>();
  const onStep = (count: number) => {
    if (count < dieAtCount) return Promise.resolve();
    run = undefined;
    frozen.resolve(true);
    return new Promise<void>(() => {});
  };
  return Promise.race([frozen.promise, perform(root, onStep).then(() => false)]);
}

if (dieAt === 'each') {
  let count = 1;
  while (await freezeAt(path.join(folder, String(count)), count)) count += 1;
} else {
  const steps = await perform(folder, async (count) => {
    if (count === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
  });
  process.stdout.write(steps.join('\n'));
}
