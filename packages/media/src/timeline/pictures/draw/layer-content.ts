import { type Canvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import type { Layer, LayerContentType } from '../../scene-graph.ts';
import { sourceSecondsAt } from '../media-time.ts';
import type { PreparedContent, VideoInput } from '../prepared.ts';
import { type CaptionPictures, captionState, drawCaption, openCaptionPictures } from './caption-painter.ts';
import { fromPixels, makeCanvas, type Picture, spritePixels, trimPicture } from './canvases.ts';
import { drawShape, fillStyleOf, shapeOverhang } from './shapes.ts';
import { drawStandingText, drawText, openTextPictures, type TextPictures } from './text-painter.ts';
import { drawVisualizer } from './visualizer-painter.ts';
import type { Sprite } from '../sprite.ts';

/** What a content needs to show itself at one moment. */
export interface ContentMoment {
  readonly layer: Layer;
  readonly id: string;
  /** Of the layer's own clock. */
  readonly seconds: number;
  /** Pixels for one pixel of the box. */
  readonly density: number;
  readonly input: VideoInput | undefined;
  readonly opened: OpenedContent | undefined;
  /** The input's pixels, keyed as the layer says; valid until the next call. */
  rgbaOf(input: VideoInput): Uint8ClampedArray<ArrayBuffer>;
  /** What was drawn last for this layer, if it was drawn under the same key. */
  remember(key: string, draw: () => Picture): Picture;
  /** A canvas of this layer's own that may be drawn over at its next moment. */
  reuseCanvas(width: number, height: number): Canvas;
  /** Draws the inside of a composition at a time of its own. */
  drawComposition(context: SKRSContext2D, seconds: number): void;
}

/** Prepared pictures of a layer, taken over into this thread. */
export type OpenedContent =
  | { readonly type: 'still'; readonly picture: Picture }
  | { readonly type: 'animation'; readonly pictures: readonly Picture[]; readonly startSeconds: readonly number[] }
  | { readonly type: 'text'; readonly text: TextPictures }
  | { readonly type: 'caption'; readonly caption: CaptionPictures }
  | Extract<PreparedContent, { type: 'sound' }>;

/** Cuts the layer's key colour out of pixels; null where there is none. */
type ApplyKey = ((pixels: Uint8ClampedArray) => Uint8ClampedArray<ArrayBuffer>) | null;

export const openContent = (prepared: PreparedContent, applyKey: ApplyKey): OpenedContent => {
  switch (prepared.type) {
    case 'still':
      return { type: 'still', picture: keyedSprite(prepared.sprite, applyKey) };
    case 'animation':
      return {
        type: 'animation',
        pictures: prepared.sprites.map((sprite) => keyedSprite(sprite, applyKey)),
        startSeconds: prepared.startSeconds,
      };
    case 'text':
      return { type: 'text', text: openTextPictures(prepared) };
    case 'caption':
      return { type: 'caption', caption: openCaptionPictures(prepared) };
    case 'sound':
      return prepared;
  }
};

const keyedSprite = (sprite: Sprite, applyKey: ApplyKey): Picture => {
  const pixels = spritePixels(sprite);
  const keyed = applyKey === null ? pixels : applyKey(pixels);
  return { canvas: fromPixels(keyed, sprite.pixelWidth, sprite.pixelHeight), rect: sprite };
};

type ContentPainter = (moment: ContentMoment) => Picture | null;

const painters = {
  video: ({ input, reuseCanvas, rgbaOf }) => {
    if (input === undefined) return null;
    const pixels = rgbaOf(input);
    const canvas = reuseCanvas(input.pixelWidth, input.pixelHeight);
    canvas.getContext('2d').putImageData(new ImageData(pixels, input.pixelWidth, input.pixelHeight), 0, 0);
    return { canvas, rect: input.rect };
  },
  image: (moment) => stillOrAnimation(moment),
  svg: (moment) => stillOrAnimation(moment),
  html: (moment) => {
    const { opened } = moment;
    return opened?.type === 'text' ? drawn(moment, (context) => drawStandingText(context, opened.text)) : null;
  },
  text: (moment) => {
    const { opened, layer } = moment;
    if (opened?.type !== 'text' || layer.content.type !== 'text') return null;
    const { content } = layer;
    return drawn(moment, (context) =>
      drawText(context, opened.text, { ...moment, content, lengthSeconds: layer.lengthSeconds, box: layer.box }),
    );
  },
  caption: (moment) => {
    const { opened, layer } = moment;
    if (opened?.type !== 'caption' || layer.content.type !== 'caption') return null;
    const { content } = layer;
    const state = captionState(opened.caption, { ...moment, content });
    if (state === null) return null;
    const draw = (): Picture => drawn(moment, (context) => drawCaption(context, opened.caption, { ...moment, content }));
    return state.key === null ? draw() : moment.remember(state.key, () => trimPicture(draw()));
  },
  shape: (moment) => {
    const { content, box } = moment.layer;
    return content.type === 'shape' ? drawn(moment, (context) => drawShape(context, content, box)) : null;
  },
  paint: (moment) => {
    const { content, box } = moment.layer;
    if (content.type !== 'paint') return null;
    return drawn(moment, (context) => {
      const rect = { x: 0, y: 0, ...box };
      context.fillStyle = fillStyleOf(context, content.paint, rect);
      context.fillRect(0, 0, box.width, box.height);
    });
  },
  visualizer: (moment) => {
    const { opened, layer, seconds } = moment;
    if (opened?.type !== 'sound' || layer.content.type !== 'visualizer') return null;
    const { content } = layer;
    return drawn(moment, (context) => drawVisualizer(context, opened, { content, seconds, box: layer.box }));
  },
  composition: (moment) => {
    const { content, contentRect } = moment.layer;
    if (content.type !== 'composition') return null;
    const inner = sourceSecondsAt(content.timing, moment.seconds);
    if (inner === null) return null;
    const scale = { x: contentRect.width / content.canvas.width, y: contentRect.height / content.canvas.height };
    const width = contentRect.width * moment.density;
    const canvas = makeCanvas(width, contentRect.height * moment.density);
    const context = canvas.getContext('2d');
    context.scale((canvas.width / contentRect.width) * scale.x, (canvas.height / contentRect.height) * scale.y);
    moment.drawComposition(context, inner);
    return { canvas, rect: contentRect };
  },
} as const satisfies Record<LayerContentType, ContentPainter>;

/** The content of a layer at a moment, before filters; null when there is nothing to see. */
export const paintContent = (moment: ContentMoment): Picture | null => painters[moment.layer.content.type](moment);

/** True when the content looks the same at all times, so that it is drawn once. */
export const isStillContent = (layer: Layer, opened: OpenedContent | undefined): boolean => {
  switch (layer.content.type) {
    case 'shape':
    case 'paint':
    case 'svg':
    case 'html':
      return true;
    case 'image':
      return opened?.type === 'still';
    case 'text':
      return layer.content.animation.in === null && layer.content.animation.out === null;
    case 'video':
    case 'caption':
    case 'visualizer':
    case 'composition':
      return false;
  }
};

const stillOrAnimation = ({ opened, layer, seconds }: ContentMoment): Picture | null => {
  if (opened?.type === 'still') return opened.picture;
  if (opened?.type !== 'animation' || layer.content.type !== 'image' || layer.content.timing === null) return null;
  const moment = sourceSecondsAt(layer.content.timing, seconds);
  if (moment === null) return null;
  const next = opened.startSeconds.findIndex((start) => start > moment + 1e-6);
  return opened.pictures[(next === -1 ? opened.pictures.length : next) - 1] ?? null;
};

/** Letters and lines may reach out of their box. */
const OVERHANG_SHARE = 0.25;

/** No canvas grows beyond this for what sticks out. */
const MAX_OVERHANG_SIDE = 8192;

const overhangOf = ({ box, content }: Layer): number => {
  const usual = Math.ceil(Math.min(200, Math.max(box.width, box.height) * OVERHANG_SHARE));
  if (content.type === 'text' || content.type === 'caption') return usual;
  if (content.type !== 'shape') return 0;
  // A shape keeps its own size, in a box of any.
  const most = Math.max(usual, Math.floor((MAX_OVERHANG_SIDE - Math.max(box.width, box.height)) / 2));
  return Math.min(most, Math.max(usual, Math.ceil(shapeOverhang(content, box))));
};

/** A canvas over the box, with room around it for what sticks out, on which `draw` works in box pixels. */
const drawn = (moment: ContentMoment, draw: (context: SKRSContext2D) => void): Picture => {
  const { box } = moment.layer;
  const overhang = overhangOf(moment.layer);
  const rect = { x: -overhang, y: -overhang, width: box.width + 2 * overhang, height: box.height + 2 * overhang };
  const canvas: Canvas = makeCanvas(Math.round(rect.width * moment.density), Math.round(rect.height * moment.density));
  const context = canvas.getContext('2d');
  context.scale(canvas.width / rect.width, canvas.height / rect.height);
  context.translate(overhang, overhang);
  draw(context);
  return { canvas, rect };
};
