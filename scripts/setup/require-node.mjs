import { SetupError } from './setup-error.mjs';

const oldest = [20, 19];

/** Node 20.19 is enough to bootstrap; older ones lack what npm and the scripts need. */
export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new SetupError(
    `Node ${version} is too old: install Node ${oldest.join('.')} or newer (https://nodejs.org), then run this again.`,
  );
}
