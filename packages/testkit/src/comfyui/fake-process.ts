import { startFakeComfy } from './fake-comfyui.ts';
import type { FakeComfyOptions } from './fake-routes.ts';

/** Runs one server in a process of its own, until its parent is gone; its options come as JSON. */
const fake = await startFakeComfy(readOptions());
process.send?.({ url: fake.url });
const stop = (): void => void fake.close().then(() => process.exit(0));
process.once('disconnect', stop);
process.once('SIGTERM', stop);

function readOptions(): FakeComfyOptions {
  return JSON.parse(process.argv[2] ?? '{}');
}
