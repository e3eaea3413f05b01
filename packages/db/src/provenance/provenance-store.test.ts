import { randomBytes } from 'node:crypto';
import type { FingerprintFrame } from '@polyreel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../../test/open-test-database.ts';

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.drop());

const filmOf = (moments: number): FingerprintFrame[] =>
  Array.from({ length: moments }, (_, position) => ({
    position,
    whole: randomBytes(32),
    mirrored: randomBytes(32),
    centre: randomBytes(32),
  }));

const entry = (jobId: string, frames: readonly FingerprintFrame[]) => ({
  ...{ jobId, accountId: 'usr_1', watermarkId: null, fingerprint: 'ab'.repeat(32), manifest: 'embedded' as const, frames },
});

/** The hash with this many bits changed, wherever chance puts them; the same at every run. */
const blur = (hash: Uint8Array, bits: number, seed: number): Uint8Array => {
  const changed = Uint8Array.from(hash);
  const places = Array.from({ length: 256 }, (_, place) => ({
    place,
    rank: Math.sin(place * 12.9898 + seed * 78.233) * 43758.5453,
  }))
    .toSorted((a, b) => a.rank - Math.floor(a.rank) - (b.rank - Math.floor(b.rank)))
    .slice(0, bits);
  for (const { place } of places) changed[place >> 3] = (changed[place >> 3] ?? 0) ^ (1 << (place & 7));
  return changed;
};

describe('watermark ids', () => {
  it('are given once a job, however often and by however many at once it is asked', async () => {
    const ask = (watermarkId: string) => db.provenance.reserveWatermarkId({ jobId: 'job_a', accountId: 'usr_1', watermarkId });
    const answers = await Promise.all(['1', '2', '3', '4', '5'].map((digit) => ask(digit.repeat(16))));
    expect(new Set(answers).size).toBe(1);
    expect(await db.provenance.findByWatermark(answers[0] ?? '')).toMatchObject({ jobId: 'job_a', accountId: 'usr_1' });
    expect(await db.provenance.findByWatermark('f'.repeat(16))).toBeNull();
  });

  it('stay with the job when its record is written', async () => {
    const watermarkId = await db.provenance.reserveWatermarkId({
      jobId: 'job_b',
      accountId: 'usr_1',
      watermarkId: '0'.repeat(16),
    });
    await db.provenance.record(entry('job_b', []));
    expect(await db.provenance.findByWatermark(watermarkId)).toMatchObject({ jobId: 'job_b', manifest: 'embedded' });
  });
});

describe('fingerprints', () => {
  it('find a film by a stretch of it, from its mirror image and its middle too', async () => {
    const film = filmOf(12);
    await db.provenance.record(entry('job_film', film));
    await db.provenance.record(entry('job_other', filmOf(12)));
    for (const form of ['whole', 'mirrored', 'centre'] as const) {
      const looks = film.slice(3, 11).map((frame, position) => ({ position, hash: blur(frame[form], 40, position) }));
      const [match, ...others] = await db.provenance.findByFingerprint(looks);
      expect(match).toMatchObject({ record: { jobId: 'job_film' }, agreedSeconds: 4 });
      expect(match?.similarityRatio).toBeCloseTo(1 - 40 / 256, 5);
      expect(others).toEqual([]);
    }
  });

  it('find a film that was cut at a quarter second', async () => {
    const film = filmOf(10);
    await db.provenance.record(entry('job_quarter', film));
    const looks = film.map((frame, position) => ({ position: position + 0.5, hash: blur(frame.whole, 30, position) }));
    expect(await db.provenance.findByFingerprint(looks)).toMatchObject([{ record: { jobId: 'job_quarter' }, agreedSeconds: 5 }]);
  });

  it('do not take a single moment, or moments that do not follow each other, for the film', async () => {
    const film = filmOf(12);
    await db.provenance.record(entry('job_moments', film));
    const strange = filmOf(12);
    const looks = film.map((frame, position) => ({
      position,
      hash: position % 4 === 3 ? (strange[position]?.whole ?? frame.whole) : frame.whole,
    }));
    expect(await db.provenance.findByFingerprint(looks)).toEqual([]);
  });

  it('are replaced by a step that runs again', async () => {
    await db.provenance.record(entry('job_again', filmOf(8)));
    const film = filmOf(6);
    await db.provenance.record(entry('job_again', film));
    const { rows } = await db.pool.query(`SELECT count(*)::int AS count FROM fingerprint_frames WHERE job_id = 'job_again'`);
    expect(rows).toEqual([{ count: 18 }]);
  });

  it('match nothing where nothing is looked for', async () => {
    expect(await db.provenance.findByFingerprint([])).toEqual([]);
  });
});

describe('secrets of the server', () => {
  it('are made once, whoever asks first', async () => {
    const other = await db.openAnother();
    const answers = await Promise.all(
      [db, other, db, other].map(({ serverSecrets }, index) => serverSecrets.ensure('c2pa', async () => `made by ${index}`)),
    );
    expect(new Set(answers).size).toBe(1);
    await expect(db.serverSecrets.ensure('c2pa', () => Promise.reject(new Error('not asked')))).resolves.toBe(answers[0]);
    await other.close();
  });
});
