import type { Canvas } from '@polyreel/core';
import { isConforming } from '../conform-clip.ts';
import { framesPerGop } from '../frame-rate.ts';
import type { VideoFacts } from '../probe.ts';
import { add, compare, type Exact, exact, fromFraction, multiply, subtract, timeOfFrame } from './fraction.ts';
import type { OutputPlan } from './output-plan.ts';
import type { Animated, FrameRange, ImageContent, Layer, Rect, Scene, VideoContent } from './scene-graph.ts';

/** A stretch of the film that shows one layer alone, but for its first frames if it fades in over the stretch before. */
export interface Segment {
  readonly layer: Layer & { readonly content: VideoContent | ImageContent };
  /** In the timeline. With a fade it begins that much before the end of the stretch before. */
  readonly frames: FrameRange;
  /** Over which it appears, by as much in each: frame k of them shows k / fadeFrames of it. 0: a cut. */
  readonly fadeFrames: number;
}

export type RoutePlan =
  | { readonly route: 'copy'; readonly parts: readonly CopyPart[] }
  | { readonly route: 'graph'; readonly segments: readonly Segment[] }
  | { readonly route: 'canvas' | 'sound' };

export interface CopyPart {
  readonly source: string;
  readonly fromFrame: number;
  readonly frameCount: number;
  /** Of the whole source. */
  readonly sourceFrames: number;
}

/** What was measured of a source: a film's facts, and of a still whether ffmpeg sees it as a browser does (upright, opaque). */
export interface RouteFacts {
  readonly video: VideoFacts | null;
  readonly isPlainStill: boolean;
}
export type RouteFactsOf = (source: string) => RouteFacts | null;

/** More stretches than this are drawn: a filter graph with hundreds of inputs holds hundreds of decoders open. */
const MAX_GRAPH_SEGMENTS = 64;
const MAX_COPY_PARTS = 500;

/**
 * How the pictures are made. `copy`: every moment shows one film, whole and unchanged, that is encoded as ours are, cut on its key
 * frames. `graph`: every moment shows one film or still that fills the frame and keeps still, or one that fades in over another. Anything
 * else is drawn. Pure.
 */
export const planRoute = (scene: Scene, plan: OutputPlan, factsOf: RouteFactsOf): RoutePlan => {
  if (plan.kind === 'sound') return { route: 'sound' };
  if (plan.kind !== 'film') return { route: 'canvas' };
  const segments = findSegments(scene);
  if (segments === null) return { route: 'canvas' };
  const parts = copyParts(segments, scene, plan, factsOf);
  if (parts !== null) return { route: 'copy', parts };
  const isGraph =
    segments.length <= MAX_GRAPH_SEGMENTS &&
    plan.format !== 'gif' &&
    plan.format !== 'webp' &&
    !plan.hasAlpha &&
    segments.every((segment) => isGraphable(segment, scene, factsOf));
  return isGraph ? { route: 'graph', segments } : { route: 'canvas' };
};

/** The film cut where the topmost layer changes; null as soon as some moment shows anything but one such layer or an even fade to it. */
export const findSegments = (scene: Scene): Segment[] | null => {
  const { range, layers } = scene;
  const cuts = new Set([range.from, range.to]);
  for (const layer of layers) {
    const { from, to } = layer.frames;
    for (const cut of [from, from + (fadeFramesOf(layer, scene) ?? 0), to]) if (cut > range.from && cut < range.to) cuts.add(cut);
  }
  const borders = [...cuts].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, from] of borders.slice(0, -1).entries()) {
    const to = borders[index + 1] ?? range.to;
    const [top, below] = layers.filter(({ frames }) => frames.from <= from && frames.to >= to).reverse();
    const fadeFrames = top === undefined ? null : fadeFramesOf(top, scene);
    if (top === undefined || fadeFrames === null || !isStill(top, scene.canvas)) return null;
    const before = segments.at(-1);
    const isEntering = from < top.frames.from + fadeFrames;
    if (isEntering) {
      const isWholeFade = from === top.frames.from && to === from + fadeFrames;
      if (!isWholeFade || before === undefined || before.layer !== below) return null;
      segments[segments.length - 1] = { ...before, frames: { from: before.frames.from, to } };
      segments.push({ layer: top, frames: { from, to }, fadeFrames });
    } else if (before !== undefined && before.layer === top) {
      segments[segments.length - 1] = { ...before, frames: { from: before.frames.from, to } };
    } else segments.push({ layer: top, frames: { from, to }, fadeFrames: 0 });
  }
  // What fades in must still be there when it has.
  return segments.every(({ frames, fadeFrames }) => fadeFrames === 0 || frames.to - frames.from > fadeFrames) ? segments : null;
};

/** Frames over which a layer appears evenly, by alpha alone; 0: it is there at once; null: it enters in another way. */
const fadeFramesOf = (layer: Layer, { frameRate }: Scene): number | null => {
  const { in: entering } = layer.transition;
  if (entering === null) return 0;
  if (entering.type !== 'fade' || entering.easing.type !== 'linear') return null;
  const frames = (entering.durationSeconds * frameRate.numerator) / frameRate.denominator;
  const startsOnFrame = compare(fromFraction(layer.start), timeOfFrame(layer.frames.from, frameRate)) === 0;
  return startsOnFrame && Math.abs(frames - Math.round(frames)) < 1e-6 ? Math.round(frames) : null;
};

const isOne = (value: Animated): boolean => value === 1;
const isZero = (value: Animated): boolean => value === 0;

/** Covers the frame, opaque, and nothing about it changes or is changed once it is there. */
const isStill = (layer: Layer, canvas: Canvas): layer is Segment['layer'] => {
  const { content, box, contentRect: rect, anchor, place } = layer;
  if (content.type !== 'video' && content.type !== 'image') return false;
  if (content.type === 'image' && content.timing !== null) return false;
  const isWhole = box.width === canvas.width && box.height === canvas.height && anchor.x === place.x && anchor.y === place.y;
  const isFilled =
    rect.x <= 0.001 &&
    rect.y <= 0.001 &&
    rect.x + rect.width >= canvas.width - 0.001 &&
    rect.y + rect.height >= canvas.height - 0.001;
  return [
    ...[isWhole, isFilled, layer.isCutAtBox, layer.backdrop === null, layer.motion === null],
    ...[isZero(layer.offset.x), isZero(layer.offset.y), isOne(layer.scale.x), isOne(layer.scale.y), isZero(layer.rotate)],
    ...[isZero(layer.skew.x), isZero(layer.skew.y), isZero(layer.flip.x), isZero(layer.flip.y), isOne(layer.opacity)],
    ...[layer.blend === 'normal', layer.cornerRadius === 0, layer.border === null, layer.shadow === null],
    ...[layer.chromaKey === null, layer.filters.length === 0, layer.mattes.length === 0],
    layer.transition.out === null,
  ].every(Boolean);
};

/** Exact time in the source at a frame of the film. */
export const sourceTimeAt = (layer: Segment['layer'], frame: number, scene: Scene): Exact => {
  const { timing } = layer.content;
  const run = subtract(timeOfFrame(frame, scene.frameRate), fromFraction(layer.start));
  if (timing === null) return run;
  return add(fromFraction(timing.trim), multiply(run, fromFraction(timing.speed)));
};

/** What of the source the frame shows, in whole source pixels (see `isEvenPart`). */
export const shownPart = (layer: Segment['layer'], canvas: Canvas): Rect => {
  const { x, y, width, height } = exactPart(layer, canvas);
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
};

const exactPart = ({ content: { crop }, contentRect }: Segment['layer'], canvas: Canvas): Rect => {
  const perPixel = { x: crop.width / contentRect.width, y: crop.height / contentRect.height };
  return {
    x: crop.x - contentRect.x * perPixel.x,
    y: crop.y - contentRect.y * perPixel.y,
    width: canvas.width * perPixel.x,
    height: canvas.height * perPixel.y,
  };
};

/** A filter cuts at whole pixels, and films at even ones, for colour is stored two by two. Cuts between pixels are drawn. */
const isEvenPart = (layer: Segment['layer'], canvas: Canvas): boolean => {
  const { x, y, width, height } = exactPart(layer, canvas);
  return [x, y, x + width, y + height].every((value) => Math.abs(value / 2 - Math.round(value / 2)) < 0.005);
};

const copyParts = (segments: readonly Segment[], scene: Scene, plan: OutputPlan, factsOf: RouteFactsOf): CopyPart[] | null => {
  const isOurs =
    plan.format === 'mp4' &&
    plan.codec === 'h264' &&
    plan.output.width === scene.canvas.width &&
    plan.output.height === scene.canvas.height;
  // A quality that was asked for is given, not what the source happens to have.
  if (!isOurs || plan.crf !== null || plan.quality !== 'medium' || segments.length > MAX_COPY_PARTS) return null;
  const parts: CopyPart[] = [];
  const setUps = new Set<string | null>();
  for (const { layer, frames, fadeFrames } of segments) {
    const { content } = layer;
    if (content.type !== 'video' || fadeFrames > 0) return null;
    const video = factsOf(content.source)?.video ?? null;
    if (video === null || video.frameCount === null || !isConforming(video, { canvas: scene.canvas, frameRate: scene.frameRate }))
      return null;
    const { crop, timing } = content;
    const isPlain = compare(fromFraction(timing.speed), exact(1n)) === 0 && !timing.isReversed;
    const isUncut = crop.x === 0 && crop.y === 0 && crop.width === video.width && crop.height === video.height;
    if (!isPlain || !isUncut) return null;
    const time = sourceTimeAt(layer, frames.from, scene);
    const position = multiply(time, exact(BigInt(scene.frameRate.numerator), BigInt(scene.frameRate.denominator)));
    const fromFrame = Number(position.n / position.d);
    const frameCount = frames.to - frames.from;
    if (position.n < 0n || fromFrame % framesPerGop(scene.frameRate) !== 0 || fromFrame + frameCount > video.frameCount)
      return null;
    setUps.add(video.extradataHash);
    parts.push({ source: content.source, fromFrame, frameCount, sourceFrames: video.frameCount });
  }
  return setUps.size === 1 ? parts : null;
};

const isGraphable = ({ layer, frames }: Segment, scene: Scene, factsOf: RouteFactsOf): boolean => {
  const { content } = layer;
  const source = scene.sources[content.source];
  if (!isEvenPart(layer, scene.canvas)) return false;
  if (content.type === 'image') return source?.kind === 'image' && factsOf(content.source)?.isPlainStill === true;
  if (source?.kind !== 'video' || source.hasAlpha || source.rotation !== 0) return false;
  const video = factsOf(content.source)?.video ?? null;
  const { timing } = content;
  // Untagged colours are read in other ways by other programs; such films are drawn.
  if (video === null || video.colorSpace !== 'bt709') return false;
  if (timing.isReversed || timing.speed.numerator === 0) return false;
  const last = sourceTimeAt(layer, frames.to - 1, scene);
  return compare(last, fromFraction(timing.end)) < 0 && compare(sourceTimeAt(layer, frames.from, scene), exact(0n)) >= 0;
};
