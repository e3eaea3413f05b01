import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Debian 12's. Older ones lack options that the argument builders use. */
const oldest = { major: 5, minor: 1 } as const;

/** What `-version` names, e.g. `5.1.6-0+deb12u1`, `n7.1`, or `N-113007-g8d24a28d06` for a build between releases. */
export function parseFfmpegVersion(banner: string): string {
  return /version (\S+)/.exec(banner)?.[1] ?? 'of unknown version';
}

/** True for releases before 5.1. A build between releases has no number to go by and is taken as new. */
export function isOldFfmpeg(version: string): boolean {
  const [, major, minor = '0'] = /^n?(\d{1,3})(?:\.(\d+))?/.exec(version) ?? [];
  if (major === undefined) return false;
  return Number(major) < oldest.major || (Number(major) === oldest.major && Number(minor) < oldest.minor);
}

/** An ffmpeg or ffprobe that cannot be used; the message says which and why. */
export class UnusableFfmpeg extends Error {
  override readonly name = 'UnusableFfmpeg';
}

/** Version of an ffmpeg or ffprobe. Throws UnusableFfmpeg for one that cannot be run or is too old. */
export async function checkFfmpeg(program: string): Promise<string> {
  const { stdout } = await run(program, ['-version'], { timeout: 15_000 }).catch((cause: unknown) => {
    throw new UnusableFfmpeg(`${program} cannot be run`, { cause });
  });
  const version = parseFfmpegVersion(stdout);
  if (isOldFfmpeg(version))
    throw new UnusableFfmpeg(`${program} is version ${version}: ${oldest.major}.${oldest.minor} or newer is needed`);
  return version;
}
