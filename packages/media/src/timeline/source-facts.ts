import type { TimedCue } from './captions.ts';
import { type Exact, exact, fromDecimal } from './fraction.ts';
import type { SceneSource } from './scene-graph.ts';
import type { TimelineSource } from './contract.ts';

/** What is known of a fetched file. */
export interface SourceFacts {
  readonly scene: SceneSource | null;
  /** Of moving pictures and sound: exact where frames are counted. */
  readonly length: Exact | null;
  readonly hasAudio: boolean;
  /** Captions only. */
  readonly cues: readonly TimedCue[] | null;
}

export type FactsOf = (source: TimelineSource) => SourceFacts | null;

/** Stands in for a file that was not fetched yet, so that an edit can be laid out for its warnings alone. */
export const assumedFacts = (source: TimelineSource): SourceFacts => {
  const length = exact(10n);
  const picture = { width: 1920, height: 1080 };
  switch (source.use) {
    case 'video':
    case 'media':
      return {
        scene: {
          ...{ kind: 'video', ...picture, rotation: 0, frameRate: { numerator: 25, denominator: 1 }, durationSeconds: 10 },
          ...{ hasAlpha: false, hasAudio: true },
        },
        length,
        hasAudio: true,
        cues: null,
      };
    case 'audio':
      return { scene: { kind: 'audio', durationSeconds: 10 }, length, hasAudio: true, cues: null };
    case 'image':
      return { scene: { kind: 'image', ...picture, animation: null }, length: null, hasAudio: false, cues: null };
    case 'svg':
      return { scene: { kind: 'svg', ...picture }, length: null, hasAudio: false, cues: null };
    case 'font':
    case 'lut':
      return { scene: { kind: source.use }, length: null, hasAudio: false, cues: null };
    case 'captions':
      return {
        ...{ scene: null, length, hasAudio: false },
        cues: [{ from: 0, to: 10, words: [{ text: 'caption', from: 0, to: 10, endsLine: true }] }],
      };
  }
};

/** The counted length when the container's index counts frames and agrees with its clock; else the clock, to the microsecond. */
export const exactLength = (
  durationSeconds: number,
  video: { frameCount: number | null; frameRate: { numerator: number; denominator: number } | null } | null,
): Exact => {
  const decimal = fromDecimal(durationSeconds);
  if (video?.frameCount == null || video.frameRate === null) return decimal;
  const counted = exact(BigInt(video.frameCount * video.frameRate.denominator), BigInt(video.frameRate.numerator));
  const difference = Math.abs((video.frameCount * video.frameRate.denominator) / video.frameRate.numerator - durationSeconds);
  return difference < 0.002 ? counted : decimal;
};
