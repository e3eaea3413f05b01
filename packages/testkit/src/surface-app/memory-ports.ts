import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Authenticator, Clock, InspectedFile, Intake, Principal, WindowCounter } from '@polyreel/core';

/** Two accounts; `owner` has a second key. */
export const testKeys = {
  owner: { accountId: 'usr_owner', keyId: 'key_owner', role: 'admin', surfaces: null },
  ownerSecond: { accountId: 'usr_owner', keyId: 'key_owner_second', role: 'admin', surfaces: null },
  stranger: { accountId: 'usr_stranger', keyId: 'key_stranger', role: 'member', surfaces: null },
} as const satisfies Record<string, Principal>;
export type TestKey = keyof typeof testKeys;

/** The text of a key. */
export const keyText = (key: TestKey): string => `vg_live_${key}`.padEnd(51, '0');

export function createMemoryAuthenticator(): Authenticator {
  const principals = new Map<string, Principal>(
    [testKeys.owner, testKeys.ownerSecond, testKeys.stranger].map((principal, index) => {
      const name = (['owner', 'ownerSecond', 'stranger'] as const)[index] ?? 'owner';
      return [keyText(name), principal];
    }),
  );
  return { authenticate: async (text) => principals.get(text) ?? null, forgetAll: () => undefined };
}

/** Fixed windows by the given clock. */
export function createMemoryCounter(clock: Clock): WindowCounter {
  const counts = new Map<string, number>();
  return {
    async hit(hits) {
      const now = clock.now().getTime() / 1000;
      return hits.map(({ key, windowSeconds }) => {
        const window = Math.floor(now / windowSeconds);
        const name = `${key} ${windowSeconds} ${window}`;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        return { count, resetSeconds: (window + 1) * windowSeconds - now };
      });
    },
  };
}

export interface KeptFile extends InspectedFile {
  readonly fileId: string;
  readonly accountId: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Remembers what was kept, not the bytes. */
export interface MemoryIntake extends Intake {
  kept(): readonly KeptFile[];
}

export function createMemoryIntake(): MemoryIntake {
  const files: KeptFile[] = [];
  return {
    kept: () => files,
    async keep(principal, file) {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of createReadStream(file.path)) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      const fileId = `fil_${files.length + 1}`;
      files.push({ ...file, fileId, accountId: principal.accountId, sizeBytes, sha256: hash.digest('hex') });
      return { fileId };
    },
  };
}

/** Scratch folders below one of the test's own, so that a test sees whether all are gone. */
export async function createTestScratch() {
  const root = await mkdtemp(path.join(tmpdir(), 'polyreel-surface-'));
  return {
    root,
    async make() {
      const folder = await mkdtemp(path.join(root, 'request-'));
      return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
    },
    remaining: (): Promise<string[]> => readdir(root),
    close: () => rm(root, { recursive: true, force: true }),
  };
}

export const testRandomBytes = (size: number): Uint8Array => randomBytes(size);
