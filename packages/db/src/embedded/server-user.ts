import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const accountName = 'postgres';

export interface ServerUser {
  readonly name: string;
  /** Given to `spawn`; empty when the server runs as whoever we are. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** True when this call made the account. */
  readonly wasMade: boolean;
}

/** PostgreSQL refuses to run as root: as root it runs as `postgres`, which is made when there is none. */
export async function ensureServerUser(): Promise<ServerUser> {
  const me = userInfo();
  if (me.uid !== 0) return { name: me.username, ids: {}, wasMade: false };
  const known = await lookUp();
  if (known !== undefined) return { name: accountName, ids: known, wasMade: false };
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    accountName,
  ]);
  const made = await lookUp();
  if (made === undefined) throw new Error(`The system user ${accountName} was made but cannot be found`);
  return { name: accountName, ids: made, wasMade: true };
}

async function lookUp(): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', accountName]), run('id', ['-g', accountName])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
