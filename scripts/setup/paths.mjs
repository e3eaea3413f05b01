// Bootstrap code: plain JavaScript for the Node that is installed (20.19 or newer). Everything after it runs on the pinned Node 24.
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const binDir = join(root, 'node_modules', '.bin');
export const pinnedNode = join(binDir, 'node');

/** The environment in which the pinned Node and the workspace's own tools come first, and nothing phones home. */
export function workspaceEnv(env = process.env) {
  return {
    ...env,
    PATH: `${binDir}${delimiter}${env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
    CHECKPOINT_DISABLE: '1',
    // What is compiled once is read by every later process: a start takes half the time.
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compiled'),
  };
}
