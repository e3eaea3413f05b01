import type { Canvas } from '@polyreel/core';
import { captionContent, layerCues, richCaptionContent } from './caption-content.ts';
import { isMarkup } from './checks.ts';
import { add, compare, type Exact, fromDecimal, least, multiply, toFraction, toNumber } from './fraction.ts';
import { givenBox, type Placement, placeBox, placeMedia } from './layout.ts';
import { cuesOfClip, speedOf, trimOf } from './natural-length.ts';
import { withOpacity } from './parse-color.ts';
import type { LayerContent, MediaTiming, Paint, Point, Rect, ShapeContent, VideoContent } from './scene-graph.ts';
import type { Position } from './schema/common.ts';
import type { AssetOf, Clip, Timeline } from './schema/edit-schema.ts';
import type { SoftReader } from './soft-value.ts';
import type { FactsOf, SourceFacts } from './source-facts.ts';
import { sourceOfClip } from './sources.ts';
import { svgSize } from './svg-size.ts';
import { readGradient, richTextContent, textAssetContent } from './text-content.ts';
import { titleContent } from './title-content.ts';

export interface ClipScope {
  readonly clip: Clip;
  readonly path: string;
  readonly timeline: Timeline;
  readonly frame: Canvas;
  readonly length: Exact;
  readonly factsOf: FactsOf;
  readonly naturalOf: (clip: Clip, path: string) => Exact | null;
  readonly read: SoftReader;
}

/** What is drawn and where its content lies. `position` and `offset` are those of the asset where it has its own (titles). */
export interface DrawnAsset {
  readonly content: LayerContent;
  readonly placement: Placement;
}

const CENTRE: Point = { x: 0.5, y: 0.5 };

/** The picture of a clip; null for what is only heard, masks others, or makes nothing. Compositions are built by the caller. */
export const drawAsset = (scope: ClipScope): DrawnAsset | null => {
  const { clip, path, frame, read } = scope;
  const { asset } = clip;
  const at = `${path}.asset`;
  const seconds = toNumber(scope.length);
  switch (asset.type) {
    case 'video':
    case 'image':
    case 'luma':
    case 'image-to-video':
    case 'text-to-video':
    case 'text-to-image':
      return drawMedia(scope);
    case 'rich-text':
      return {
        content: richTextContent(asset, seconds, at, read),
        placement: placeBox(paragraphBox(clip, frame), { clip, frame }),
      };
    case 'text': {
      const box = paragraphBox(clip, frame, asset.width, asset.height);
      return { content: textAssetContent(asset, seconds, at, read), placement: placeBox(box, { clip, frame }) };
    }
    case 'title':
      return { content: titleContent(asset, frame, at, read), placement: placeBox(paragraphBox(clip, frame), { clip, frame }) };
    case 'html': {
      const box = paragraphBox(clip, frame, asset.width, asset.height);
      const background = asset.background === undefined ? null : read.color(asset.background, '#00000000', `${at}.background`);
      const align = alignOf(asset.position ?? 'center');
      return {
        content: { type: 'html', html: asset.html, css: asset.css ?? '', background, align },
        placement: placeBox(box, { clip, frame, isCutAtBox: true }),
      };
    }
    case 'shape':
      return drawShape(asset, scope);
    case 'svg':
      return drawSvg(asset, scope);
    case 'caption':
    case 'rich-caption':
      return drawCaption(scope);
    case 'color': {
      const paint: Paint = { type: 'color', color: read.color(asset.color, '#000000ff', `${at}.color`) };
      return { content: { type: 'paint', paint }, placement: placeBox(paragraphBox(clip, frame), { clip, frame }) };
    }
    case 'gradient': {
      const paint = readGradient(asset.gradient, `${at}.gradient`, read);
      return { content: { type: 'paint', paint }, placement: placeBox(paragraphBox(clip, frame), { clip, frame }) };
    }
    case 'visualizer':
      return drawVisualizer(asset, scope);
    case 'audio':
    case 'text-to-speech':
    case 'text-to-music':
    case 'text-to-sfx':
    case 'composition':
    case 'html5':
      return null;
  }
};

export const factsOfClip = (scope: ClipScope): { id: string; facts: SourceFacts } | null => {
  const source = sourceOfClip(scope.clip, scope.path);
  const facts = source === null ? null : scope.factsOf(source);
  return source === null || facts === null ? null : { id: source.id, facts };
};

/** The source's clock of a clip (see MediaTiming). A reversed clip plays the part that it would play forwards, backwards. */
export const timingOf = (clip: Clip, length: Exact, sourceLength: Exact): MediaTiming => {
  const { asset } = clip;
  const trim = fromDecimal(trimOf(clip));
  const speed = fromDecimal(speedOf(clip));
  const isReversed = asset.type === 'video' && asset.reverse === true;
  const isLooped = ('loop' in asset && asset.loop === true) || (asset.type === 'video' && asset.onEnd === 'loop');
  const end = isReversed && !isLooped ? least(sourceLength, add(trim, multiply(length, speed))) : sourceLength;
  return {
    trim: toFraction(trim),
    speed: toFraction(speed),
    end: toFraction(end),
    isReversed,
    onEnd: isLooped ? 'loop' : asset.type === 'video' ? (asset.onEnd ?? 'hide') : asset.type === 'luma' ? 'freeze' : 'hide',
  };
};

const drawMedia = (scope: ClipScope): DrawnAsset | null => {
  const found = factsOfClip(scope);
  if (found === null) return null;
  return mediaContent(found.id, found.facts, scope);
};

/** Any picture, still or moving, under a clip's layout. */
const mediaContent = (source: string, facts: SourceFacts, scope: ClipScope): DrawnAsset | null => {
  const { scene, length } = facts;
  const { clip, frame } = scope;
  if (scene === null) return null;
  if (scene.kind === 'svg') {
    return { content: { type: 'svg', svg: { source } }, placement: placeMedia(scene, { clip, frame, focus: CENTRE }) };
  }
  if (scene.kind !== 'video' && scene.kind !== 'image') return null;
  const crop = cropOf(scene, clip);
  const isWhole = crop.width === scene.width && crop.height === scene.height;
  const placed = placeMedia(crop, { clip, frame, focus: focusOf(scope) });
  // Decoders cut at even pixels, beyond the crop: what lies there must not show.
  const placement = isWhole ? placed : { ...placed, isCutAtBox: true };
  if (scene.kind === 'image') {
    const timing: MediaTiming | null =
      scene.animation === null
        ? null
        : { ...timingOf(clip, scope.length, fromDecimal(scene.animation.durationSeconds)), onEnd: 'loop' };
    return { content: { type: 'image', source, crop, timing }, placement };
  }
  const timing = timingOf(clip, scope.length, length ?? fromDecimal(scene.durationSeconds));
  return { content: { type: 'video', source, crop, timing } satisfies VideoContent, placement };
};

const cropOf = (media: Canvas, clip: Clip): Rect => {
  const { left = 0, right = 0, top = 0, bottom = 0 } = 'crop' in clip.asset ? (clip.asset.crop ?? {}) : {};
  return {
    x: media.width * left,
    y: media.height * top,
    width: media.width * Math.max(1 / media.width, 1 - left - right),
    height: media.height * Math.max(1 / media.height, 1 - top - bottom),
  };
};

const focusOf = ({ clip, path, read }: ClipScope): Point => {
  const focus = 'focus' in clip.asset ? clip.asset.focus : undefined;
  if (focus === undefined) return CENTRE;
  if (focus !== 'auto') return focus;
  read.warn(`${path}.asset.focus`, 'focus_centred', 'the subject is not searched for: the centre is kept', 'give {x, y}');
  return CENTRE;
};

const paragraphBox = (clip: Clip, frame: Canvas, width?: number, height?: number): Canvas => {
  const given = givenBox(clip, frame);
  const bounded = (value: number | undefined): number | undefined =>
    value === undefined || value < 1 ? undefined : Math.min(8192, value);
  return {
    width: given.width ?? bounded(width) ?? frame.width,
    height: given.height ?? bounded(height) ?? frame.height,
  };
};

const alignOf = (position: Position): { horizontal: 'left' | 'center' | 'right'; vertical: 'top' | 'middle' | 'bottom' } => {
  const word = position.toLowerCase();
  return {
    horizontal: word.includes('left') ? 'left' : word.includes('right') ? 'right' : 'center',
    vertical: word.includes('top') ? 'top' : word.includes('bottom') ? 'bottom' : 'middle',
  };
};

const drawShape = (asset: AssetOf<'shape'>, { clip, path, frame, read }: ClipScope): DrawnAsset => {
  const at = `${path}.asset`;
  const size = (value: number | undefined, fallback: number, name: string): number =>
    read.number(value, { fallback, least: 0, most: 8192 }, `${at}.${name}`);
  const shape = shapeOf(asset, size, frame);
  const strokeWidth = asset.stroke === undefined ? 0 : size(asset.stroke.width, 1, 'stroke.width');
  const own = ownSize(shape, strokeWidth, frame);
  const given = givenBox(clip, frame);
  const bounded = (value: number | undefined, name: string): number | undefined =>
    value === undefined ? undefined : Math.max(1, size(value, 1, name));
  const box = {
    width: given.width ?? bounded(asset.width, 'width') ?? own.width,
    height: given.height ?? bounded(asset.height, 'height') ?? own.height,
  };
  const opacity = read.number(asset.fill?.opacity, { fallback: 1, least: 0, most: 1 }, `${at}.fill.opacity`);
  const isFilled = asset.fill !== undefined || asset.stroke === undefined;
  const plain = asset.shape === 'line' ? (asset.stroke?.color ?? '#ffffff') : '#ffffff';
  const fill: Paint | null = !isFilled
    ? null
    : asset.fill?.gradient !== undefined
      ? readGradient(asset.fill.gradient, `${at}.fill.gradient`, read)
      : { type: 'color', color: withOpacity(read.color(asset.fill?.color ?? plain, '#ffffffff', `${at}.fill.color`), opacity) };
  const stroke =
    strokeWidth === 0 ? null : { color: read.color(asset.stroke?.color, '#000000ff', `${at}.stroke.color`), width: strokeWidth };
  const content: ShapeContent = { type: 'shape', shape, fill, stroke };
  return { content, placement: placeBox(box, { clip, frame }) };
};

type SizeReader = (value: number | undefined, fallback: number, name: string) => number;

/** A shape without its sizes fills the frame; Shotstack's schema asks for none. */
const shapeOf = (asset: AssetOf<'shape'>, size: SizeReader, frame: Canvas): ShapeContent['shape'] => {
  const width = size(asset.width, frame.width, 'width');
  const height = size(asset.height, frame.height, 'height');
  switch (asset.shape) {
    case 'rectangle':
      return {
        kind: 'rectangle',
        width: size(asset.rectangle?.width, width, 'rectangle.width'),
        height: size(asset.rectangle?.height, height, 'rectangle.height'),
        cornerRadius: size(asset.rectangle?.cornerRadius, 0, 'rectangle.cornerRadius'),
      };
    case 'circle': {
      const diameter = 2 * size(asset.circle?.radius, Math.min(width, height) / 2, 'circle.radius');
      return { kind: 'ellipse', width: diameter, height: diameter };
    }
    case 'ellipse':
      return { kind: 'ellipse', width: asset.ellipse?.width ?? width, height: asset.ellipse?.height ?? height };
    case 'line':
      return {
        kind: 'line',
        length: size(asset.line?.length, width, 'line.length'),
        thickness: size(asset.line?.thickness, 2, 'line.thickness'),
      };
    case 'polygon':
      return { kind: 'polygon', sides: asset.polygon?.sides ?? 6, radius: asset.polygon?.radius ?? Math.min(width, height) / 2 };
    case 'star': {
      const outerRadius = asset.star?.outerRadius ?? Math.min(width, height) / 2;
      return {
        kind: 'star',
        points: asset.star?.points ?? 5,
        outerRadius,
        innerRadius: asset.star?.innerRadius ?? outerRadius * 0.4,
      };
    }
    case 'path':
      return { kind: 'path', d: asset.path?.d ?? 'M0 0' };
  }
};

/** With the half of the stroke that lies outside, at least one pixel. */
const ownSize = (shape: ShapeContent['shape'], strokeWidth: number, frame: Canvas): Canvas => {
  const grown = (width: number, height: number): Canvas => ({
    width: Math.max(1, width + strokeWidth),
    height: Math.max(1, height + strokeWidth),
  });
  switch (shape.kind) {
    case 'rectangle':
    case 'ellipse':
      return grown(shape.width, shape.height);
    case 'line':
      return grown(shape.length, shape.thickness);
    case 'polygon':
      return grown(2 * shape.radius, 2 * shape.radius);
    case 'star':
      return grown(2 * shape.outerRadius, 2 * shape.outerRadius);
    case 'path':
      return frame;
  }
};

const drawSvg = (asset: AssetOf<'svg'>, scope: ClipScope): DrawnAsset | null => {
  const { clip, frame } = scope;
  if (!isMarkup(asset.src)) return drawMedia(scope);
  const size = svgSize(asset.src) ?? { width: frame.width, height: frame.height };
  return { content: { type: 'svg', svg: { markup: asset.src } }, placement: placeMedia(size, { clip, frame, focus: CENTRE }) };
};

const drawCaption = (scope: ClipScope): DrawnAsset | null => {
  const { clip, path, frame, read } = scope;
  const { asset } = clip;
  if (asset.type !== 'caption' && asset.type !== 'rich-caption') return null;
  const cues = cuesOfClip(clip, path, scope.timeline, scope.factsOf, scope.naturalOf);
  if (cues === null) return null;
  const shown = layerCues(cues, {
    ...{ trim: trimOf(clip), speed: speedOf(clip), lengthSeconds: toNumber(scope.length) },
    ...(asset.type === 'rich-caption'
      ? { transform: asset.style?.textTransform ?? 'none', maxWordsPerLine: asset.maxWordsPerLine }
      : {}),
  });
  const box = paragraphBox(clip, frame);
  if (asset.type === 'rich-caption' && clip.width === undefined && clip.height === undefined) {
    read.warn(path, 'caption_covers_frame', 'a rich-caption without width and height is laid out over the whole frame');
  }
  const at = `${path}.asset`;
  const content =
    asset.type === 'caption'
      ? captionContent(asset, { cues: shown, box, path: at }, read)
      : richCaptionContent(asset, { cues: shown, path: at }, read);
  return { content, placement: placeBox(box, { clip, frame }) };
};

const drawVisualizer = (asset: AssetOf<'visualizer'>, scope: ClipScope): DrawnAsset | null => {
  const { clip, path, frame, read } = scope;
  const found = factsOfClip(scope);
  if (found === null || found.facts.length === null || compare(found.facts.length, fromDecimal(0)) <= 0) return null;
  const at = `${path}.asset`;
  return {
    content: {
      type: 'visualizer',
      source: found.id,
      timing: timingOf(clip, scope.length, found.facts.length),
      style: asset.style,
      color: read.color(asset.color, '#ffffffff', `${at}.color`),
      gradient: asset.gradient === undefined ? null : readGradient(asset.gradient, `${at}.gradient`, read),
      background: asset.background === undefined ? null : read.color(asset.background, '#00000000', `${at}.background`),
      barCount: asset.bars,
      lineWidth: asset.lineWidth,
    },
    placement: placeBox(paragraphBox(clip, frame), { clip, frame }),
  };
};
