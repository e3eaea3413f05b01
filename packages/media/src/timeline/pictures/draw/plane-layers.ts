import type { Canvas } from '@napi-rs/canvas';
import type { Layer, Scene } from '../../scene-graph.ts';
import { type ColourKernel, frameBytes, type LiftedPicture } from '../colour/colour-kernel.ts';
import { type FrameArea, readArea, writeArea } from '../colour/plane-area.ts';
import type { Placement } from '../placement.ts';
import type { VideoInput } from '../prepared.ts';
import type { FrameMask } from '../transitions.ts';
import { makeCanvas, type Picture } from './canvases.ts';
import { needsDecoration } from './decoration.ts';

/** A layer at a moment: where it goes and how it mixes. */
export interface PlacedLayer {
  readonly layer: Layer;
  readonly placed: Placement;
  readonly alpha: number;
  readonly masks: readonly FrameMask[];
}

/** Lays something of known size on the planes of a frame. */
export type Lay = (planes: Uint8Array) => void;

/** Content that reaches over an edge of its box which cuts. */
export const isCut = ({ box, cornerRadius, isCutAtBox, motion }: Layer, { x, y, width, height }: Picture['rect']): boolean => {
  const sticksOut = x < 0 || y < 0 || x + width > box.width || y + height > box.height;
  return motion !== null || cornerRadius > 0 || (isCutAtBox && sticksOut);
};

/**
 * Layers whose pixels are those of the frame, dot on dot, need no canvas: a film's planes and a picture that stays the same are laid on
 * the planes of the frame as they are.
 */
export class PlaneLayers {
  readonly #scene: Scene;
  readonly #colours: ColourKernel;
  readonly #lifted = new WeakMap<Canvas, { readonly at: string; readonly picture: LiftedPicture }>();
  #room = new Uint8Array();
  #otherRoom = new Uint8Array();

  constructor(scene: Scene, colours: ColourKernel) {
    this.#scene = scene;
    this.#colours = colours;
  }

  /** Null: it must be drawn. Colour is stored for two by two pixels, so a film must lie on even ones. */
  film(placed: PlacedLayer, input: VideoInput | undefined): Lay | null {
    const { layer, alpha } = placed;
    if (input?.format !== 'yuv420p' || layer.filters.length > 0 || needsDecoration(layer)) return null;
    const key = layer.chromaKey;
    if (key !== null && key.spill > 0) return null;
    const size = { width: input.pixelWidth, height: input.pixelHeight };
    const corner = this.#dotOnDot(placed, { rect: input.rect, ...size });
    if (corner === null || corner.x % 2 !== 0 || corner.y % 2 !== 0) return null;
    const { width, height } = this.#scene.output;
    const [x, y] = [Math.max(0, corner.x), Math.max(0, corner.y)];
    const area = {
      x,
      y,
      width: Math.min(width, corner.x + size.width) - x,
      height: Math.min(height, corner.y + size.height) - y,
    };
    if (area.width <= 0 || area.height <= 0) return () => undefined;
    return (planes) => {
      this.#otherRoom = enoughFor(this.#otherRoom, area);
      const own = { ...area, x: area.x - corner.x, y: area.y - corner.y };
      const film = readArea(new Uint8Array(input.pixels), size, own, this.#otherRoom);
      if (alpha === 1 && key === null) writeArea(planes, this.#scene.output, area, film);
      else this.#change(planes, area, (under) => this.#colours.layFilm(under, film, { size: area, opacity: alpha, key }));
    };
  }

  /** Null: it must be drawn. A canvas always stands for the same pixels. */
  picture(placed: PlacedLayer, { canvas, rect }: Picture): Lay | null {
    const { width, height } = canvas;
    const corner = this.#dotOnDot(placed, { rect, width, height });
    if (corner === null) return null;
    const [x, y] = [Math.floor(corner.x / 2) * 2, Math.floor(corner.y / 2) * 2];
    const inside = { x: corner.x - x, y: corner.y - y };
    const even = (length: number): number => Math.ceil(length / 2) * 2;
    const area = { x, y, width: even(inside.x + width), height: even(inside.y + height) };
    const { output } = this.#scene;
    if (x < 0 || y < 0 || x + area.width > output.width || y + area.height > output.height) return null;
    const lifted = this.#lift(canvas, inside, area);
    return (planes) => this.#change(planes, area, (under) => this.#colours.layLifted(under, lifted, placed.alpha));
  }

  #lift(canvas: Canvas, inside: { x: number; y: number }, area: FrameArea): LiftedPicture {
    const known = this.#lifted.get(canvas);
    const at = `${inside.x} ${inside.y}`;
    if (known?.at === at) return known.picture;
    const even = makeCanvas(area.width, area.height);
    const context = even.getContext('2d');
    context.drawImage(canvas, inside.x, inside.y);
    const picture = this.#colours.lift(context.getImageData(0, 0, area.width, area.height).data, area);
    this.#lifted.set(canvas, { at, picture });
    return picture;
  }

  #change(planes: Uint8Array, area: FrameArea, change: (under: Uint8Array) => Uint8Array): void {
    this.#room = enoughFor(this.#room, area);
    writeArea(planes, this.#scene.output, area, change(readArea(planes, this.#scene.output, area, this.#room)));
  }

  /** The pixel of the frame on which the first of the picture falls, where each falls on one. */
  #dotOnDot(
    { layer, placed, masks }: PlacedLayer,
    picture: { rect: Picture['rect']; width: number; height: number },
  ): { x: number; y: number } | null {
    if (layer.blend !== 'normal' || layer.mattes.length > 0 || masks.length > 0) return null;
    const { rect } = picture;
    if (!needsDecoration(layer) && isCut(layer, rect)) return null;
    const { output, canvas } = this.#scene;
    const [perX, perY] = [output.width / canvas.width, output.height / canvas.height];
    const [a, b, c, d, e, f] = placed.matrix;
    const [x, y] = [(a * rect.x + e) * perX, (d * rect.y + f) * perY];
    const isNear = (value: number, wanted: number): boolean => Math.abs(value - wanted) < 1e-6;
    const isStraight = isNear(b, 0) && isNear(c, 0) && isNear(x, Math.round(x)) && isNear(y, Math.round(y));
    const isSameSize = isNear((a * rect.width * perX) / picture.width, 1) && isNear((d * rect.height * perY) / picture.height, 1);
    return isStraight && isSameSize ? { x: Math.round(x), y: Math.round(y) } : null;
  }
}

const enoughFor = (room: Uint8Array<ArrayBuffer>, area: FrameArea): Uint8Array<ArrayBuffer> => {
  const bytes = frameBytes('yuv420p', area);
  return room.byteLength >= bytes ? room : new Uint8Array(bytes);
};
