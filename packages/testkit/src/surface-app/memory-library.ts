import { type Clock, DomainError, type LibraryFile, type LibraryStore, type Rendition } from '@polyreel/core';

/** Files in memory, with the answers of the real store where callers can see them. No events. */
export interface MemoryLibrary extends LibraryStore {
  /** A file as a worker would leave it. */
  add(file: Partial<LibraryFile> & Pick<LibraryFile, 'id' | 'accountId'>): LibraryFile;
}

const isShown = (file: LibraryFile): boolean => file.collection !== null;

export function createMemoryLibrary(clock: Clock): MemoryLibrary {
  const files = new Map<string, LibraryFile>();
  const change = (id: string, from: (file: LibraryFile) => boolean, changes: Partial<LibraryFile>): LibraryFile | null => {
    const file = files.get(id);
    if (!file || !from(file)) return null;
    const changed = { ...file, ...changes, updatedAt: clock.now() };
    files.set(id, changed);
    return changed;
  };
  const mine =
    (accountId: string) =>
    (file: LibraryFile): boolean =>
      file.accountId === accountId && isShown(file);
  const add: MemoryLibrary['add'] = (file) => {
    const whole = { ...blank(clock.now()), ...file };
    files.set(file.id, whole);
    return whole;
  };
  const newestFirst = (): LibraryFile[] =>
    [...files.values()].toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? 1 : -1));
  const cursorOf = (file: LibraryFile): string => `${file.updatedAt.getTime()}.${file.id}`;
  return {
    add,
    createUpload: async ({ deadlineSeconds, audit: _audit, ...file }) =>
      add({
        ...file,
        origin: 'upload',
        state: 'pending',
        processing: 'none',
        family: null,
        uploadDeadline: new Date(clock.now().getTime() + deadlineSeconds * 1000),
      }),
    find: async ({ accountId, id }) => [files.get(id)].find((file) => file !== undefined && mine(accountId)(file)) ?? null,
    findMany: async ({ accountId, ids }) =>
      [...files.values()].filter((file) => file.accountId === accountId && ids.includes(file.id)),
    findById: async (id) => files.get(id) ?? null,
    findByPlaybackId: async (playbackId) => [...files.values()].find((file) => file.playbackId === playbackId) ?? null,
    async list({ accountId, collections, limit, family, cursor }) {
      if (cursor !== undefined && !/^\d{1,15}\.fil_[0-9a-z]{26}$/.test(cursor))
        throw new DomainError('invalid_request', 'the cursor is none of this list', { code: 'invalid_cursor' });
      const all = newestFirst().filter((file) => mine(accountId)(file) && file.archivedAt === null);
      const found = all.filter(
        (file) =>
          file.collection !== null &&
          collections.includes(file.collection) &&
          (family === undefined || file.family === family) &&
          (cursor === undefined || isAfter(cursorOf(file), cursor)),
      );
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { files: page, nextCursor: found.length > limit && last ? cursorOf(last) : null };
    },
    async search({ accountId, text, limit }) {
      const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
      return newestFirst()
        .filter((file) => mine(accountId)(file) && file.archivedAt === null && file.state === 'ready')
        .map((file) => {
          const own = `${file.description ?? ''} ${file.displayName}`.toLowerCase();
          const hits = words.filter((word) => own.includes(word)).length;
          return { file, similarityRatio: hits / (hits + 1) };
        })
        .filter(({ similarityRatio }) => similarityRatio > 0)
        .toSorted((a, b) => b.similarityRatio - a.similarityRatio)
        .slice(0, limit);
    },
    completeUpload: async ({ id, audit: _audit, ...stored }) =>
      change(id, (file) => file.state === 'pending', { ...stored, state: 'ready', processing: 'waiting' }) !== null,
    failOverdue: async () => 0,
    archive: async ({ accountId, id }) =>
      change(id, mine(accountId), { archivedAt: files.get(id)?.archivedAt ?? clock.now(), playbackId: null }),
    publish: async ({ accountId, id, playbackId }) =>
      change(id, (file) => mine(accountId)(file) && file.archivedAt === null, {
        playbackId: files.get(id)?.playbackId ?? playbackId,
      }),
    unpublish: async ({ accountId, id }) => change(id, mine(accountId), { playbackId: null }),
    remove: async ({ accountId, id }) => change(id, mine(accountId), { collection: null, playbackId: null }) !== null,
    archiveTemporary: async () => 0,
    listWaiting: async () => [],
    async beginRendition({ fileId, ...rendition }) {
      const others = (files.get(fileId)?.renditions ?? []).filter(({ name }) => name !== rendition.name);
      const made: Rendition = { ...rendition, state: 'pending', sizeBytes: 0, facts: {} };
      return change(fileId, () => true, { renditions: [...others, made] }) !== null;
    },
    async endRendition({ fileId, name, sizeBytes, facts }) {
      const renditions = (files.get(fileId)?.renditions ?? []).map((one) =>
        one.name === name ? { ...one, state: 'ready' as const, sizeBytes, facts } : one,
      );
      return change(fileId, () => true, { renditions }) !== null;
    },
    noteIdentified: async ({ id, ...found }) =>
      change(id, (file) => file.family === null, { ...found, processing: 'waiting' }) !== null,
    noteProcessed: async ({ id, shown, embedding: _embedding, ...found }) =>
      change(id, () => true, { ...found, ...shown, processing: 'done' }) !== null,
    noteFailed: async ({ id, ...failure }) => change(id, () => true, { failure, processing: 'failed' }) !== null,
  };
}

function isAfter(cursor: string, other: string): boolean {
  const [time = '', id = ''] = cursor.split('.');
  const [otherTime = '', otherId = ''] = other.split('.');
  return Number(time) < Number(otherTime) || (time === otherTime && id < otherId);
}

const blank = (now: Date): Omit<LibraryFile, 'id' | 'accountId'> => ({
  jobId: null,
  origin: 'upload',
  state: 'ready',
  objectKey: 'uploads/test',
  mediaType: 'application/octet-stream',
  sizeBytes: 1,
  sha256: null,
  displayName: 'file',
  family: null,
  declaredFamily: null,
  collection: 'library',
  isTemporary: false,
  description: null,
  transcript: null,
  processing: 'done',
  failure: null,
  facts: {},
  playbackId: null,
  clientRef: null,
  uploadDeadline: null,
  archivedAt: null,
  createdAt: now,
  updatedAt: now,
  renditions: [],
});
