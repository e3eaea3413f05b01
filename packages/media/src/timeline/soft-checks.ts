import type { TimelineIssue } from './contract.ts';
import type { Animated, Layer, Scene } from './scene-graph.ts';
import type { Clip, Timeline } from './schema/edit-schema.ts';

/** Remarks on what is allowed but hardly meant. `layers` are all of the timeline, also those outside the range. */
export const softIssues = (timeline: Timeline, scene: Scene, layers: readonly Layer[]): TimelineIssue[] => {
  const clips = clipsByPath(timeline);
  return layers.flatMap((layer, index) => {
    const clip = clips.get(layer.path);
    const issues: TimelineIssue[] = [];
    const warn = (code: string, message: string, hint?: string): void => {
      issues.push({ path: layer.path, code, message, ...(hint === undefined ? {} : { hint }) });
    };
    if (layer.frames.to <= scene.range.from || layer.frames.from >= scene.range.to) {
      warn('outside_range', 'the clip lies wholly outside the range that is written');
    }
    if (isOutsideFrame(layer, scene)) warn('outside_frame', 'the clip lies wholly outside the frame');
    if (clip !== undefined && isStretched(clip, layer)) {
      warn('stretched', 'fit "cover" stretches a picture of another shape', 'crop fills the frame without stretching');
    }
    if (clip?.asset.type === 'rich-text' && clip.width === undefined && clip.height === undefined) {
      warn('text_without_box', 'a rich-text without width and height is laid out over the whole frame');
    }
    if (layer.content.type === 'caption' && layers.slice(index + 1).some((other) => covers(other, layer, scene))) {
      warn('captions_covered', 'a clip that fills the frame lies above the captions', 'the first track lies on top');
    }
    return issues;
  });
};

const clipsByPath = (timeline: Timeline): Map<string, Clip> =>
  new Map(
    timeline.tracks.flatMap((track, trackIndex) =>
      track.clips.map((clip, clipIndex): [string, Clip] => [`timeline.tracks[${trackIndex}].clips[${clipIndex}]`, clip]),
    ),
  );

/** Judged only where nothing moves. */
const isOutsideFrame = ({ box, anchor, place, offset, scale, rotate, skew }: Layer, { canvas }: Scene): boolean => {
  const [x, y, sx, sy] = [offset.x, offset.y, scale.x, scale.y];
  if (typeof x !== 'number' || typeof y !== 'number' || typeof sx !== 'number' || typeof sy !== 'number') return false;
  if (rotate !== 0 || skew.x !== 0 || skew.y !== 0) return false;
  const left = place.x + x - sx * anchor.x;
  const top = place.y + y - sy * anchor.y;
  return left >= canvas.width || top >= canvas.height || left + sx * box.width <= 0 || top + sy * box.height <= 0;
};

/** More than a hundredth off: rounding to even pixels is no stretching. */
const isStretched = (clip: Clip, { content, box }: Layer): boolean => {
  if (clip.fit !== 'cover' || (content.type !== 'image' && content.type !== 'video')) return false;
  return Math.abs((content.crop.width * box.height) / (content.crop.height * box.width) - 1) > 0.01;
};

const isOne = (value: Animated): boolean => value === 1;

const covers = (above: Layer, below: Layer, { canvas }: Scene): boolean =>
  (above.content.type === 'video' || above.content.type === 'image' || above.content.type === 'paint') &&
  above.frames.from <= below.frames.from &&
  above.frames.to >= below.frames.to &&
  above.box.width >= canvas.width &&
  above.box.height >= canvas.height &&
  isOne(above.opacity) &&
  isOne(above.scale.x) &&
  above.blend === 'normal' &&
  above.mattes.length === 0;
