import type { StoryFilm } from '@polyreel/core';
import type { Ratio } from '../canvas.ts';
import { badParameter } from '../errors.ts';
import type { Settings } from '../settings.ts';
import { markText } from '../watermark.ts';
import type { ExportWish } from './schemas.ts';

/** Pixels of the shorter side; the document names tiers only. */
const sides = { STANDARD: 480, HIGH: 720, FULL_HIGH: 1080, ULTRA_HIGH: 2160 } as const;
const longestSide = 3840;

/** Size and marks of an export. Throws 400 for what this server has no place for. */
export function readExport(wish: ExportWish, ratio: Ratio, settings: Settings): StoryFilm {
  if (wish.deliveryDestinations && wish.deliveryDestinations.length > 0)
    throw badParameter('deliveryDestinations: integrations are not available on this server');
  if (wish.endScreenMode === 'VIDEO_GEN') throw badParameter('endScreenMode: an end screen is not available on this server');
  const scale = Math.min(
    sides[wish.quality ?? 'FULL_HIGH'] / Math.min(ratio.width, ratio.height),
    longestSide / Math.max(ratio.width, ratio.height),
  );
  const mark = markText(wish.watermarkMode, settings);
  const even = (length: number): number => Math.max(16, Math.round((length * scale) / 2) * 2);
  return {
    canvas: { width: even(ratio.width), height: even(ratio.height) },
    ...(mark !== null && { mark }),
  };
}
