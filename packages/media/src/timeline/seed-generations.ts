import { createHash } from 'node:crypto';
import { taskOf } from './checks.ts';
import type { TimelineDocument } from './contract.ts';
import { type Asset, type Clip, type Timeline, timelineSchema } from './schema/edit-schema.ts';

/**
 * The document with the seed of everything that chance has a part in: the caller's own, or one that follows from the words, so that
 * an unchanged request is the same request and costs nothing again.
 */
export const withSeeds = (document: TimelineDocument): TimelineDocument => ({
  ...document,
  edit: { ...document.edit, timeline: seeded(document.edit.timeline) },
});

const seeded = (timeline: Timeline): Timeline => ({
  ...timeline,
  tracks: timeline.tracks.map((track) => ({
    ...track,
    clips: track.clips.map((clip): Clip => ({ ...clip, asset: seededAsset(clip.asset) })),
  })),
});

const seededAsset = (asset: Asset): Asset => {
  switch (asset.type) {
    case 'composition':
      return { ...asset, timeline: seeded(timelineSchema.parse(asset.timeline)) };
    case 'video':
    case 'image':
      return asset.prompt === undefined ? asset : { ...asset, options: withSeed(asset) };
    case 'audio':
      return asset.prompt === undefined || taskOf(asset) === 'text-to-speech' ? asset : { ...asset, options: withSeed(asset) };
    case 'text-to-image':
    case 'text-to-video':
    case 'image-to-video':
    case 'text-to-music':
    case 'text-to-sfx':
      return { ...asset, options: withSeed(asset) };
    default:
      return asset;
  }
};

const withSeed = (asset: {
  type: string;
  prompt?: string | undefined;
  model?: string | undefined;
  options?: Record<string, unknown> | undefined;
}): Record<string, unknown> => {
  const { type, prompt, model, options = {} } = asset;
  if (options.seed !== undefined) return options;
  const digest = createHash('sha256')
    .update(JSON.stringify([type, prompt, model, options]))
    .digest();
  return { ...options, seed: digest.readUInt32BE(0) };
};
