import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import type { ChromaKey, Layer, Matte, Scene } from '../../scene-graph.ts';
import { valueAt } from '../animated.ts';
import { contentDensity } from '../layer-density.ts';
import { innerPrefix, layerId, matteLayerId } from '../layer-ids.ts';
import { fractionSeconds } from '../media-time.ts';
import { type Placement, multiply, placementAt } from '../placement.ts';
import { type ColourKernel, frameBytes } from '../colour/colour-kernel.ts';
import { type FrameArea, readArea, writeArea } from '../colour/plane-area.ts';
import type { InputsById, PreparedContent, VideoInput } from '../prepared.ts';
import { transitionAt } from '../transitions.ts';
import { isAtRest, keepsStill } from '../whole-frame.ts';
import { backgroundId } from '../background.ts';
import { drawPicture, makeCanvas, type Picture, trimPicture } from './canvases.ts';
import { type ColorCube, applyFilters, changesByFrame } from './filters.ts';
import { decorate, needsDecoration } from './decoration.ts';
import { isStillContent, type OpenedContent, openContent, paintContent } from './layer-content.ts';
import { brightnessMask, clipHard, fadeSoft } from './masks.ts';
import { isCut, PlaneLayers } from './plane-layers.ts';
import { blendWord, moveInBox } from './placing.ts';
import { fillStyleOf, roundedRect } from './shapes.ts';
import type { LayerAtMoment, LayerOptions, Moment, ShownLayer, Stage } from './stage.ts';
import { isLarge, partsOf } from './touched-area.ts';

interface OpenLayer {
  readonly content: OpenedContent | undefined;
  /** The finished picture of a layer that never changes. */
  still: Picture | undefined;
}

/** Draws the frames of one scene, in any order. Not safe to share between threads; each has its own. */
export class FramePainter {
  readonly #scene: Scene;
  readonly #cubes: ReadonlyMap<string, ColorCube>;
  readonly #open = new Map<string, OpenLayer>();
  readonly #colours: ColourKernel;
  readonly #planes: PlaneLayers;
  /** What lies under all that changes, as planes: drawn once for as long as it is made of the same layers. */
  #ground: { readonly key: string; readonly planes: Uint8Array } | null = null;
  #room = new Uint8Array();
  readonly #frame: Canvas;
  /** For layers that must be masked by themselves first. */
  readonly #scratch: Canvas[] = [];
  readonly #reused = new Map<string, Canvas>();
  readonly #remembered = new Map<string, { readonly key: string; readonly picture: Picture }>();

  constructor(scene: Scene, cubes: ReadonlyMap<string, ColorCube>, colours: ColourKernel) {
    this.#scene = scene;
    this.#colours = colours;
    this.#planes = new PlaneLayers(scene, colours);
    this.#cubes = cubes;
    this.#frame = createCanvas(scene.output.width, scene.output.height);
  }

  /** Takes over what was prepared for a layer; needed before a frame that shows it. */
  open(id: string, prepared: PreparedContent, chromaKey: ChromaKey | null): void {
    const applyKey = chromaKey === null ? null : (pixels: Uint8ClampedArray) => this.#colours.applyKey(pixels, chromaKey);
    this.#open.set(id, { content: openContent(prepared, applyKey), still: undefined });
  }

  drop(id: string): void {
    this.#reused.delete(id);
    for (const known of this.#remembered.keys()) if (known.startsWith(`${id} `)) this.#remembered.delete(known);
    this.#open.delete(id);
  }

  /** The frame as RGBA rows; straight alpha, opaque unless the scene keeps transparency. */
  draw(frame: number, inputs: InputsById): Uint8Array {
    const scene = this.#scene;
    const { stage, moment } = this.#stageAt(frame, inputs);
    const base = this.#wholeLayer(moment);
    const context = this.#startFrame(stage, base?.input ?? null);
    this.#drawLayers(context, stage, moment, base === null ? 0 : base.index + 1);
    // Opaque pixels are the same with and without premultiplied alpha.
    if (!scene.hasAlpha) return this.#frame.data();
    const { data } = context.getImageData(0, 0, scene.output.width, scene.output.height);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  /**
   * Makes the frame as planes of Y, U and V, in `target` (null is returned) or in the memory of the input whose id is returned. What stays the
   * same, or is a film that fills the frame, is the ground; only what lies on it is drawn, and only there colours are converted.
   */
  drawPlanes(frame: number, inputs: InputsById, target: Uint8Array): string | null {
    const { output } = this.#scene;
    const { stage, moment } = this.#stageAt(frame, inputs);
    const base = this.#wholeLayer(moment);
    const layers = this.#layersAt(stage, moment, base === null ? 0 : base.index + 1);
    const moving = base === null ? layers.findIndex((options) => !this.#isConstant(options)) : 0;
    const [ground, above] = moving === -1 ? [layers, []] : [layers.slice(0, moving), layers.slice(moving)];
    if (above.some(({ layer }) => layer.mattes.length > 0)) {
      target.set(this.#colours.toYuv(this.draw(frame, inputs), output));
      return null;
    }
    const isInPlace = base?.input.format === 'yuv420p';
    const planes = isInPlace ? new Uint8Array(base.input.pixels) : target;
    if (base === null) planes.set(this.#groundPlanes(stage, ground));
    else if (!isInPlace) planes.set(this.#colours.toYuv(new Uint8Array(base.input.pixels), output));
    let waiting: ShownLayer[] = [];
    let isLaid = false;
    for (const options of above) {
      const placed = this.#placeLayer(options);
      if (placed === null) continue;
      let lay = this.#planes.film(placed, inputs.get(options.id));
      const picture = lay === null ? this.#finishedPicture(placed) : null;
      // A film's canvas is drawn over from frame to frame, so it says nothing about what it shows.
      if (picture !== null && options.layer.content.type !== 'video') lay = this.#planes.picture(placed, picture);
      if (lay === null && picture !== null) waiting.push({ ...placed, picture });
      if (lay === null) continue;
      this.#drawOnPlanes(planes, waiting);
      waiting = [];
      isLaid = true;
      lay(planes);
    }
    if (base === null && !isLaid && isLarge(partsOf(waiting, this.#scene), output))
      this.#drawAnew(target, stage, ground, waiting);
    else this.#drawOnPlanes(planes, waiting);
    return isInPlace ? layerId('', base.index) : null;
  }

  #stageAt(frame: number, inputs: InputsById): { stage: Stage; moment: Moment } {
    const scene = this.#scene;
    const seconds = (frame * scene.frameRate.denominator) / scene.frameRate.numerator;
    return {
      stage: { ...scene, prefix: '', ratio: scene.output.width / scene.canvas.width },
      moment: { seconds, frame, inputs },
    };
  }

  /** The context of the frame, in pixels of the stage, with what lies under all layers that are still to come. */
  #startFrame(stage: Stage, base: VideoInput | null): SKRSContext2D {
    const { output, canvas, hasAlpha } = this.#scene;
    const context = this.#frame.getContext('2d');
    context.reset();
    if (base !== null) {
      context.putImageData(new ImageData(this.#rgbaOf(base, null), output.width, output.height), 0, 0);
    } else if (!hasAlpha) {
      context.fillStyle = '#000000';
      context.fillRect(0, 0, output.width, output.height);
    }
    context.scale(output.width / canvas.width, output.height / canvas.height);
    if (base === null) this.#drawBackground(context, stage);
    return context;
  }

  #groundPlanes(stage: Stage, layers: readonly LayerOptions[]): Uint8Array {
    const key = layers.map(({ id }) => id).join(' ');
    if (this.#ground?.key === key) return this.#ground.planes;
    const context = this.#startFrame(stage, null);
    for (const options of layers) this.#drawLayer(context, options);
    const planes = this.#colours.toYuv(this.#frame.data(), this.#scene.output).slice();
    this.#ground = { key, planes };
    return planes;
  }

  /** True when the layer looks the same on every frame on which it is at rest, as it is now. */
  #isConstant({ layer, id, moment }: LayerOptions): boolean {
    const isStill = isStillContent(layer, this.#open.get(id)?.content) && !changesByFrame(layer.filters);
    return isStill && keepsStill(layer, moment.seconds - fractionSeconds(layer.start));
  }

  /** Where most of the frame changes, it is quicker not to convert what lies below. */
  #drawAnew(target: Uint8Array, stage: Stage, ground: readonly LayerOptions[], shown: readonly ShownLayer[]): void {
    const context = this.#startFrame(stage, null);
    for (const options of ground) this.#drawLayer(context, options);
    for (const one of shown) this.#layDown(context, one);
    target.set(this.#colours.toYuv(this.#frame.data(), this.#scene.output));
  }

  #drawOnPlanes(planes: Uint8Array, shown: readonly ShownLayer[]): void {
    for (const { area, layers } of partsOf(shown, this.#scene)) this.#drawInArea(planes, area, layers);
  }

  #drawInArea(planes: Uint8Array, area: FrameArea, shown: readonly ShownLayer[]): void {
    const { output, canvas } = this.#scene;
    const bytes = frameBytes('yuv420p', area);
    if (this.#room.byteLength < bytes) this.#room = new Uint8Array(bytes);
    const context = this.#frame.getContext('2d');
    context.reset();
    const pixels = this.#colours.toRgba(readArea(planes, output, area, this.#room), area);
    context.putImageData(new ImageData(pixels, area.width, area.height), area.x, area.y);
    context.scale(output.width / canvas.width, output.height / canvas.height);
    for (const one of shown) this.#layDown(context, one);
    const { data } = context.getImageData(area.x, area.y, area.width, area.height);
    writeArea(planes, output, area, this.#colours.toYuv(data, area));
  }

  #layersAt(stage: Stage, moment: Moment, from: number): LayerOptions[] {
    return stage.layers.flatMap((layer, index) =>
      index < from || moment.frame < layer.frames.from || moment.frame >= layer.frames.to
        ? []
        : [{ stage, moment, layer, id: layerId(stage.prefix, index) }],
    );
  }

  /** The topmost layer that is the whole frame by itself: nothing below it can be seen. */
  #wholeLayer({ frame, seconds, inputs }: Moment): { index: number; input: VideoInput } | null {
    for (const [index, layer] of [...this.#scene.layers.entries()].reverse()) {
      const input = inputs.get(layerId('', index));
      if (input?.isWhole !== true || frame < layer.frames.from || frame >= layer.frames.to) continue;
      if (isAtRest(layer, seconds - fractionSeconds(layer.start))) return { index, input };
    }
    return null;
  }

  #remember(id: string, key: string, draw: () => Picture): Picture {
    const known = this.#remembered.get(id);
    if (known?.key === key) return known.picture;
    const picture = draw();
    this.#remembered.set(id, { key, picture });
    return picture;
  }

  /** Valid until the next call. */
  #rgbaOf(input: VideoInput, key: ChromaKey | null): Uint8ClampedArray<ArrayBuffer> {
    const { format, pixels, pixelWidth: width, pixelHeight: height } = input;
    if (format === 'yuv420p') return this.#colours.toRgba(new Uint8Array(pixels), { width, height }, key);
    return key === null ? new Uint8ClampedArray(pixels) : this.#colours.applyKey(new Uint8Array(pixels), key);
  }

  #reuseCanvas(id: string, width: number, height: number): Canvas {
    const known = this.#reused.get(id);
    if (known !== undefined && known.width === width && known.height === height) return known;
    const canvas = makeCanvas(width, height);
    this.#reused.set(id, canvas);
    return canvas;
  }

  #drawLayers(context: SKRSContext2D, stage: Stage, moment: Moment, from: number): void {
    for (const options of this.#layersAt(stage, moment, from)) this.#drawLayer(context, options);
  }

  #drawBackground(context: SKRSContext2D, stage: Stage): void {
    const { background, canvas } = stage;
    if (background.type === 'image') {
      const opened = this.#open.get(backgroundId(stage.prefix))?.content;
      if (opened?.type === 'still') drawPicture(context, opened.picture);
      return;
    }
    const rect = { x: 0, y: 0, ...canvas };
    context.fillStyle = fillStyleOf(context, background, rect);
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  #drawLayer(context: SKRSContext2D, options: LayerOptions): void {
    const placed = this.#placeLayer(options);
    const picture = placed === null ? null : this.#finishedPicture(placed);
    if (placed !== null && picture !== null) this.#layDown(context, { ...placed, picture });
  }

  /** Where a layer goes at a moment; null when nothing of it is seen. */
  #placeLayer(options: LayerOptions): LayerAtMoment | null {
    const { stage, moment, layer } = options;
    const seconds = moment.seconds - fractionSeconds(layer.start);
    const placement = placementAt(layer, seconds);
    const transition = transitionAt(layer, { seconds, placement, frame: stage.canvas });
    const alpha = Math.min(1, Math.max(0, valueAt(layer.opacity, seconds))) * transition.alpha;
    if (alpha <= 0) return null;
    const placed = {
      ...placement,
      matrix: transition.matrix === null ? placement.matrix : multiply(transition.matrix, placement.matrix),
    };
    return { ...options, seconds, alpha, placed, masks: transition.masks };
  }

  #layDown(context: SKRSContext2D, shown: ShownLayer): void {
    const { stage, moment, layer, placed, alpha, masks } = shown;
    const mattes = stage.mattes.flatMap((matte, index) =>
      layer.mattes.includes(matte.id) && moment.frame >= matte.layer.frames.from && moment.frame < matte.layer.frames.to
        ? [{ matte, id: matteLayerId(stage.prefix, index) }]
        : [],
    );
    const softMasks = masks.filter((mask) => mask.type === 'soft');
    context.save();
    for (const mask of masks) if (mask.type === 'hard') clipHard(context, mask, stage.canvas.height);
    context.globalAlpha = alpha;
    context.globalCompositeOperation = blendWord(layer.blend);
    if (mattes.length === 0 && softMasks.length === 0) {
      this.#place(context, shown);
    } else {
      const alone = this.#borrow(stage);
      const own = alone.getContext('2d');
      this.#place(own, shown);
      for (const mask of softMasks) fadeSoft(own, mask, stage.canvas);
      for (const { matte, id } of mattes) this.#applyMatte(own, { stage, moment, matte, id, placed, masked: layer });
      context.drawImage(alone, 0, 0, stage.canvas.width, stage.canvas.height);
      this.#scratch.push(alone);
    }
    context.restore();
  }

  /** Lays a finished picture into the frame. */
  #place(context: SKRSContext2D, options: LayerOptions & { seconds: number; picture: Picture; placed: Placement }): void {
    const { layer, seconds, picture, placed } = options;
    const { box, motion } = layer;
    context.save();
    context.transform(...placed.matrix);
    const isFinished = needsDecoration(layer);
    if (!isFinished && isCut(layer, picture.rect)) context.clip(roundedRect({ x: 0, y: 0, ...box }, layer.cornerRadius));
    if (motion !== null && !isFinished) moveInBox(context, layer, seconds);
    drawPicture(context, picture);
    context.restore();
  }

  /** Content with key and filters, and with what surrounds it when it has a border, a shadow or a backdrop. */
  #finishedPicture(options: LayerOptions & { seconds: number }): Picture | null {
    const { layer, id, stage, moment, seconds } = options;
    const state = this.#open.get(id) ?? { content: undefined, still: undefined };
    if (state.still !== undefined) return state.still;
    const density = contentDensity(layer, stage.ratio);
    const painted = paintContent({
      layer,
      id,
      seconds,
      density,
      input: moment.inputs.get(id),
      remember: (key, draw) => this.#remember(`${id} ${density}`, key, draw),
      rgbaOf: (input) => this.#rgbaOf(input, layer.chromaKey),
      opened: state.content,
      reuseCanvas: (width, height) => this.#reuseCanvas(id, width, height),
      drawComposition: (context, inner) => this.#drawComposition(context, { layer, id, density, inner, moment }),
    });
    if (painted === null) return null;
    const filtered = applyFilters(painted.canvas, {
      filters: layer.filters,
      density: painted.canvas.width / Math.max(1e-6, painted.rect.width),
      frame: moment.frame,
      cubeFor: (source) => this.#cubes.get(source),
    });
    const content = { canvas: filtered, rect: painted.rect };
    const finished = needsDecoration(layer)
      ? decorate(content, { layer, density, moveContent: (context) => moveInBox(context, layer, seconds) })
      : content;
    const isStill = isStillContent(layer, state.content) && !changesByFrame(layer.filters);
    const moves = needsDecoration(layer) && layer.motion !== null;
    if (!isStill || moves) return finished;
    const still = layer.content.type === 'text' || layer.content.type === 'html' ? trimPicture(finished) : finished;
    this.#open.set(id, { ...state, still });
    return still;
  }

  #drawComposition(
    context: SKRSContext2D,
    options: { layer: Layer; id: string; density: number; inner: number; moment: Moment },
  ): void {
    const { content, contentRect } = options.layer;
    if (content.type !== 'composition') return;
    const rate = this.#scene.frameRate;
    const frame = Math.min(content.frameCount - 1, Math.floor((options.inner * rate.numerator) / rate.denominator + 1e-6));
    const ratio = (options.density * contentRect.width) / content.canvas.width;
    const prefix = innerPrefix(options.id);
    const stage = { ...content, prefix, ratio };
    this.#drawBackground(context, stage);
    this.#drawLayers(context, stage, { ...options.moment, seconds: options.inner, frame }, 0);
  }

  #applyMatte(
    context: SKRSContext2D,
    options: { stage: Stage; moment: Moment; matte: Matte; id: string; placed: Placement; masked: Layer },
  ): void {
    const { stage, moment, matte, id, placed, masked } = options;
    const { layer } = matte;
    const seconds = moment.seconds - fractionSeconds(layer.start);
    context.save();
    if (matte.space === 'box') {
      const picture = this.#finishedPicture({ stage, moment, layer, id, seconds });
      const canvas = makeCanvas(masked.box.width * stage.ratio, masked.box.height * stage.ratio);
      if (picture !== null) {
        const { rect } = picture;
        const x = canvas.width / masked.box.width;
        const y = canvas.height / masked.box.height;
        canvas.getContext('2d').drawImage(picture.canvas, rect.x * x, rect.y * y, rect.width * x, rect.height * y);
      }
      context.transform(...placed.matrix);
      context.globalCompositeOperation = 'destination-in';
      context.drawImage(brightnessMask(canvas, matte.isInverted), 0, 0, masked.box.width, masked.box.height);
    } else {
      const canvas = this.#borrow(stage);
      this.#drawLayer(canvas.getContext('2d'), { stage, moment, layer: { ...layer, mattes: [], blend: 'normal' }, id });
      const mask = brightnessMask(canvas, matte.isInverted);
      context.globalCompositeOperation = 'destination-in';
      context.drawImage(mask, 0, 0, stage.canvas.width, stage.canvas.height);
      this.#scratch.push(canvas);
    }
    context.restore();
  }

  /** An empty canvas of a stage's size, on which stage pixels can be drawn. */
  #borrow(stage: Stage): Canvas {
    const width = Math.max(1, Math.round(stage.canvas.width * stage.ratio));
    const height = Math.max(1, Math.round(stage.canvas.height * stage.ratio));
    const index = this.#scratch.findIndex((canvas) => canvas.width === width && canvas.height === height);
    const [known] = index === -1 ? [] : this.#scratch.splice(index, 1);
    const canvas = known ?? makeCanvas(width, height);
    const context = canvas.getContext('2d');
    context.reset();
    context.scale(width / stage.canvas.width, height / stage.canvas.height);
    return canvas;
  }
}
