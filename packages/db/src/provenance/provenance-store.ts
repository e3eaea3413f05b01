import {
  agreeFingerprints,
  type FingerprintFrame,
  type FingerprintMatch,
  type ProvenanceRecord,
  type ProvenanceStore,
} from '@polyreel/core';
import type { Sql, SqlPool } from '../sql/sql.ts';

/** A hash in 16 parts of 16 bits: hashes that differ in a few bits share most parts, and an index finds what shares one. */
const BANDS = 16;
/** Moments that look for candidates; all of them then judge. */
const ASKING_MOMENTS = 48;
const CANDIDATES = 40;
const MATCHES = 5;

interface RecordRow {
  job_id: string;
  account_id: string;
  watermark_id: string | null;
  fingerprint: string | null;
  manifest: ProvenanceRecord['manifest'];
  created_at: Date;
}

const columns = 'job_id, account_id, watermark_id, fingerprint, manifest, created_at';

const toRecord = (row: RecordRow): ProvenanceRecord => ({
  jobId: row.job_id,
  accountId: row.account_id,
  watermarkId: row.watermark_id,
  fingerprint: row.fingerprint,
  manifest: row.manifest,
  createdAt: row.created_at,
});

export function createProvenanceStore(sql: SqlPool): ProvenanceStore {
  return {
    async reserveWatermarkId({ jobId, accountId, watermarkId }) {
      const row = await sql.row<{ watermark_id: string }>({
        text: `INSERT INTO provenance_records (job_id, account_id, watermark_id) VALUES ($1, $2, $3)
          ON CONFLICT (job_id) DO UPDATE SET watermark_id = coalesce(provenance_records.watermark_id, excluded.watermark_id)
          RETURNING watermark_id`,
        values: [jobId, accountId, watermarkId],
      });
      return row?.watermark_id ?? watermarkId;
    },

    record: ({ jobId, accountId, watermarkId, fingerprint, manifest, frames }) =>
      sql.transaction(async (tx) => {
        await tx.run({
          text: `INSERT INTO provenance_records (job_id, account_id, watermark_id, fingerprint, manifest) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (job_id) DO UPDATE SET watermark_id = coalesce(excluded.watermark_id, provenance_records.watermark_id),
              fingerprint = excluded.fingerprint, manifest = excluded.manifest`,
          values: [jobId, accountId, watermarkId, fingerprint, manifest],
        });
        await tx.run({ text: 'DELETE FROM fingerprint_frames WHERE job_id = $1', values: [jobId] });
        await insertFrames(tx, jobId, frames);
      }),

    async findByWatermark(watermarkId) {
      const row = await sql.row<RecordRow>({
        text: `SELECT ${columns} FROM provenance_records WHERE watermark_id = $1`,
        values: [watermarkId],
      });
      return row === null ? null : toRecord(row);
    },

    async findByFingerprint(looks) {
      if (looks.length === 0) return [];
      const step = Math.max(1, looks.length / ASKING_MOMENTS);
      const asking = looks.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
      const candidates = await sql.rows<{ job_id: string; form: string }>({
        text: `SELECT job_id, form FROM fingerprint_frames WHERE bands && $1::int[]
          GROUP BY job_id, form ORDER BY count(*) DESC, job_id LIMIT ${CANDIDATES}`,
        values: [[...new Set(asking.flatMap(({ hash }) => bandsOf(hash)))]],
      });
      const best = new Map<string, { run: number; similarityRatio: number }>();
      for (const { job_id: jobId, form } of candidates) {
        const stored = await sql.rows<{ position: number; hash: Buffer }>({
          text: 'SELECT position, hash FROM fingerprint_frames WHERE job_id = $1 AND form = $2 ORDER BY position',
          values: [jobId, form],
        });
        const agreement = agreeFingerprints(looks, stored);
        if (agreement !== null && agreement.run > (best.get(jobId)?.run ?? 0)) best.set(jobId, agreement);
      }
      return toMatches(sql, best);
    },
  };
}

async function toMatches(
  sql: Sql,
  best: ReadonlyMap<string, { run: number; similarityRatio: number }>,
): Promise<FingerprintMatch[]> {
  const rows = await sql.rows<RecordRow>({
    text: `SELECT ${columns} FROM provenance_records WHERE job_id = ANY($1::text[])`,
    values: [[...best.keys()]],
  });
  return rows
    .map((row) => {
      const { run, similarityRatio } = best.get(row.job_id) ?? { run: 0, similarityRatio: 0 };
      return { record: toRecord(row), similarityRatio, agreedSeconds: run / 2 };
    })
    .toSorted((a, b) => b.agreedSeconds - a.agreedSeconds || b.similarityRatio - a.similarityRatio)
    .slice(0, MATCHES);
}

/** Each part with its place in front, as one whole number of 32 bits. */
function bandsOf(hash: Uint8Array): number[] {
  return Array.from({ length: BANDS }, (_, band) => (band << 16) | ((hash[2 * band] ?? 0) << 8) | (hash[2 * band + 1] ?? 0));
}

async function insertFrames(tx: Sql, jobId: string, frames: readonly FingerprintFrame[]): Promise<void> {
  const rows = frames.flatMap(({ position, whole, mirrored, centre }) =>
    Object.entries({ whole, mirrored, centre }).map(([form, hash]) => ({
      ...{ form, position, hash: Buffer.from(hash).toString('hex'), bands: bandsOf(hash) },
    })),
  );
  if (rows.length === 0) return;
  await tx.run({
    text: `INSERT INTO fingerprint_frames (job_id, form, position, hash, bands)
      SELECT $1, form, position, decode(hash, 'hex'), bands
      FROM jsonb_to_recordset($2::jsonb) AS frame (form text, position int, hash text, bands int[])`,
    values: [jobId, JSON.stringify(rows)],
  });
}
