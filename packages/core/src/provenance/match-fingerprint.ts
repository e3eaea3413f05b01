import type { FingerprintLook } from '../ports/provenance.ts';

/** Bits of 256 that may differ for one moment to agree. Unrelated pictures differ in about 128. */
const DISTANCE_MAX = 72;
/** Consecutive half seconds that must agree. */
const RUN_MIN = 4;
/** A film or a picture shorter than that must agree throughout, and more closely. */
const SHORT_DISTANCE_MAX = 40;

/** A stored moment of one form of a film (whole, mirrored, middle). */
export interface StoredMoment {
  readonly position: number;
  readonly hash: Uint8Array;
}

export interface FingerprintAgreement {
  /** Consecutive half seconds. */
  readonly run: number;
  /** Mean share of bits that agree within the run. */
  readonly similarityRatio: number;
}

/** Bits in which two hashes of equal length differ. */
export function hashDistance(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let index = 0; index < a.length; index += 1) bits += bitCounts[(a[index] ?? 0) ^ (b[index] ?? 0)] ?? 0;
  return bits;
}

const bitCounts = Uint8Array.from({ length: 256 }, (_, value) => {
  let count = 0;
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1;
  return count;
});

/**
 * The longest stretch in which a film that is looked for goes along with a stored one, at whatever offset: agreement over consecutive
 * moments decides, because a single moment may be a coincidence. Null: none is long enough. Pure.
 */
export function agreeFingerprints(
  looks: readonly FingerprintLook[],
  stored: readonly StoredMoment[],
): FingerprintAgreement | null {
  // Looks between two stored moments are a film cut at a quarter second: a row of their own.
  const rows = [0, 0.5].map((phase) =>
    looks
      .filter(({ position }) => position - Math.floor(position) === phase)
      .map((look) => ({ ...look, position: Math.floor(look.position) })),
  );
  const isShort = Math.max(...rows.map((row) => row.length)) < RUN_MIN;
  let best: FingerprintAgreement | null = null;
  for (const row of rows) {
    const found = bestRun(row, stored, isShort ? SHORT_DISTANCE_MAX : DISTANCE_MAX);
    if (found === null || found.run < (isShort ? Math.max(1, row.length) : RUN_MIN)) continue;
    if (best === null || found.run > best.run || (found.run === best.run && found.similarityRatio > best.similarityRatio))
      best = found;
  }
  return best;
}

function bestRun(
  looks: readonly FingerprintLook[],
  stored: readonly StoredMoment[],
  distanceMax: number,
): FingerprintAgreement | null {
  const byOffset = new Map<number, Map<number, number>>();
  for (const look of looks) {
    for (const moment of stored) {
      const distance = hashDistance(look.hash, moment.hash);
      if (distance > distanceMax) continue;
      const offset = moment.position - look.position;
      const agreed = byOffset.get(offset) ?? new Map<number, number>();
      agreed.set(look.position, distance);
      byOffset.set(offset, agreed);
    }
  }
  let best: FingerprintAgreement | null = null;
  for (const agreed of byOffset.values()) {
    const found = longestRun(agreed);
    if (best === null || found.run > best.run || (found.run === best.run && found.similarityRatio > best.similarityRatio))
      best = found;
  }
  return best;
}

/** `agreed`: distance by position. */
function longestRun(agreed: ReadonlyMap<number, number>): FingerprintAgreement {
  let best = { run: 0, similarityRatio: 0 };
  let run = 0;
  let distances = 0;
  let previous = Number.NaN;
  for (const position of [...agreed.keys()].toSorted((a, b) => a - b)) {
    const follows = position === previous + 1;
    run = follows ? run + 1 : 1;
    distances = (follows ? distances : 0) + (agreed.get(position) ?? 0);
    previous = position;
    if (run > best.run) best = { run, similarityRatio: 1 - distances / run / 256 };
  }
  return best;
}
