import { readFile } from 'node:fs/promises';
import type { MediaTools } from '../../tools.ts';
import { sniffFile } from '../../sniff.ts';
import type { Background, Layer, Matte, Rect, Scene, SourceId } from '../scene-graph.ts';
import type { FrameFormat } from './colour/colour-kernel.ts';
import { backgroundId } from './background.ts';
import { unusableAsset } from './decode/picture-errors.ts';
import { decodeSound } from './decode/sound-decoder.ts';
import { type SourcePart, sourcePart } from './decode/source-part.ts';
import { decodeAnimation, decodeStill } from './decode/still-decoder.ts';
import { alphaDecoder } from './decode/alpha-decoder.ts';
import { openVideoReader, type VideoReader } from './decode/video-reader.ts';
import type { DrawPool } from './draw/draw-pool.ts';
import { contentDensity } from './layer-density.ts';
import { innerPrefix, namedLayers } from './layer-ids.ts';
import { fractionSeconds, sourceSecondsAt } from './media-time.ts';
import type { InputsById, PreparedContent, VideoInput } from './prepared.ts';
import { isAtRest, isWholeFrame } from './whole-frame.ts';
import type { RasterWorker } from './raster/raster-worker.ts';

/** Where a stage (the scene, or a composition in it) is at an output frame: its own time; null while it does not show. */
type StageClock = (outputFrame: number) => number | null;

interface OpenVideo {
  readonly id: string;
  readonly part: SourcePart;
  readonly reader: VideoReader;
  readonly format: FrameFormat;
  /** Its frames are those of the film, dot by dot. */
  readonly isWhole: boolean;
}

interface OpenEntry {
  readonly top: Layer;
  readonly ids: string[];
  readonly videos: OpenVideo[];
  readonly ready: Promise<void>;
}

export interface LayerWindowOptions {
  readonly scene: Scene;
  readonly tools: MediaTools;
  readonly paths: ReadonlyMap<SourceId, string>;
  readonly pool: DrawPool;
  readonly raster: RasterWorker;
  readonly signal: AbortSignal;
  /** Of the frames that are made. */
  readonly format: FrameFormat;
  readonly plainFilms: ReadonlySet<SourceId>;
}

/** Layers are opened this long before they show. */
const AHEAD_SECONDS = 0.5;

/**
 * Keeps open what the frames now being drawn need: layers are prepared shortly before their first frame and let go after their last,
 * so that memory does not grow with the length of a film. Frames must be asked for in rising order.
 */
export class LayerWindow {
  readonly #options: LayerWindowOptions;
  readonly #waiting: { id: string; layer: Layer }[];
  readonly #open = new Set<OpenEntry>();
  readonly #readerOf = new Map<string, VideoReader>();
  readonly #aheadFrames: number;

  constructor(options: LayerWindowOptions) {
    this.#options = options;
    const { scene } = options;
    this.#waiting = namedLayers(scene, '')
      .filter(({ layer }) => layer.frames.to > scene.range.from && layer.frames.from < scene.range.to)
      .sort((one, other) => one.layer.frames.from - other.layer.frames.from);
    this.#aheadFrames = Math.max(2, Math.round((AHEAD_SECONDS * scene.frameRate.numerator) / scene.frameRate.denominator));
  }

  /** The background picture of the scene, if it has one. Comes before the first frame. */
  async openBackground(): Promise<void> {
    const { scene } = this.#options;
    await this.#openBackgroundOf({ background: scene.background, canvas: scene.canvas, prefix: '', ratio: this.#ratio() });
  }

  /** Decoded frames for an output frame, once all that it shows is prepared. */
  async inputsAt(frame: number): Promise<InputsById> {
    while ((this.#waiting[0]?.layer.frames.from ?? Number.POSITIVE_INFINITY) <= frame + this.#aheadFrames) {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#open.add(this.#openTop(next.id, next.layer));
    }
    const inputs = new Map<string, VideoInput>();
    for (const entry of [...this.#open]) {
      if (entry.top.frames.to <= frame) {
        this.#let(entry);
        continue;
      }
      if (entry.top.frames.from > frame) continue;
      await entry.ready;
      for (const { id, part, reader, format, isWhole } of entry.videos) {
        const pixels = await reader.next();
        if (pixels === null) continue;
        inputs.set(id, { format, pixels, pixelWidth: part.pixelWidth, pixelHeight: part.pixelHeight, rect: part.rect, isWhole });
      }
    }
    return inputs;
  }

  /** The input that is the whole frame by itself, when nothing else shows and nothing changes it. */
  wholeFrame(frame: number, inputs: InputsById): string | null {
    const { scene } = this.#options;
    const shown = [...this.#open].filter(({ top }) => top.frames.from <= frame && top.frames.to > frame);
    const [entry] = shown;
    const video = entry?.videos[0];
    if (entry === undefined || video === undefined || shown.length > 1 || !video.isWhole) return null;
    if (video.format !== this.#options.format) return null;
    const seconds = (frame * scene.frameRate.denominator) / scene.frameRate.numerator - fractionSeconds(entry.top.start);
    return isAtRest(entry.top, seconds) && inputs.has(video.id) ? video.id : null;
  }

  /** Takes back the memory of frames that have been drawn. */
  recycle(inputs: InputsById): void {
    for (const [id, { pixels }] of inputs) this.#readerOf.get(id)?.recycle(pixels);
  }

  close(): void {
    for (const entry of [...this.#open]) for (const { reader } of entry.videos) reader.close();
  }

  #let(entry: OpenEntry): void {
    this.#open.delete(entry);
    for (const { id, reader } of entry.videos) {
      reader.close();
      this.#readerOf.delete(id);
    }
    for (const id of entry.ids) this.#options.pool.drop(id);
  }

  #ratio(): number {
    const { scene } = this.#options;
    return scene.output.width / scene.canvas.width;
  }

  #openTop(id: string, layer: Layer): OpenEntry {
    const { frameRate } = this.#options.scene;
    const ids: string[] = [];
    const videos: OpenVideo[] = [];
    const clock: StageClock = (frame) => (frame * frameRate.denominator) / frameRate.numerator;
    const ready = this.#openLayer({ id, layer, clock, ratio: this.#ratio(), top: layer, ids, videos });
    // Awaited when its first frame comes.
    ready.catch(() => undefined);
    return { top: layer, ids, videos, ready };
  }

  async #openLayer(opening: Opening): Promise<void> {
    const { layer, id } = opening;
    // Threads keep pictures of every layer, prepared or not: all of them are let go.
    opening.ids.push(id);
    const prepared = await this.#prepare(opening);
    if (prepared === null) return;
    this.#options.pool.open(id, prepared, layer.chromaKey);
  }

  async #prepare(opening: Opening): Promise<PreparedContent | null> {
    const { layer, ratio } = opening;
    const { content } = layer;
    const { raster, signal, tools } = this.#options;
    const density = contentDensity(layer, ratio);
    switch (content.type) {
      case 'shape':
      case 'paint':
        return null;
      case 'text':
      case 'caption':
      case 'html':
        return raster.prepare(layer, { density, sourcePath: null });
      case 'svg':
        return raster.prepare(layer, {
          density,
          sourcePath: 'source' in content.svg ? this.#path(content.svg.source, layer) : null,
        });
      case 'image': {
        const source = this.#options.scene.sources[content.source];
        const path = this.#path(content.source, layer);
        if (source?.kind === 'svg')
          return raster.prepare({ ...layer, content: { type: 'svg', svg: content } }, { density, sourcePath: path });
        if (source?.kind !== 'image') throw unusableAsset(layer.path, 'it is no picture');
        const part = sourcePart(layer, { ...source, crop: content.crop }, ratio);
        return content.timing === null ? decodeStill(path, part, layer) : decodeAnimation(path, part, layer, source);
      }
      case 'visualizer': {
        const path = this.#path(content.source, layer);
        const { kind } = await sniffFile(path);
        return decodeSound({ ffmpegPath: tools.ffmpegPath, path, kind, content, signal });
      }
      case 'video':
        await this.#openVideo(opening, { source: content.source, crop: content.crop });
        return null;
      case 'composition':
        await this.#openComposition(opening, content);
        return null;
    }
  }

  async #openVideo(opening: Opening, content: { source: SourceId; crop: Rect }): Promise<void> {
    const { layer, id, ratio } = opening;
    const { scene, tools, signal, plainFilms } = this.#options;
    const source = scene.sources[content.source];
    if (source?.kind !== 'video') throw unusableAsset(layer.path, 'it is no video');
    const path = this.#path(content.source, layer);
    const { kind } = await sniffFile(path);
    const part = sourcePart(layer, { ...source, crop: content.crop }, ratio);
    const decoder = await alphaDecoder(tools, { path, kind }, signal);
    const isOpaque = decoder === null && !source.hasAlpha;
    const isWhole = isOpaque && layer === opening.top && isWholeFrame(layer, part, scene);
    // As it is stored: a decoder that need not convert is quicker, and so is a pipe with less in it.
    const isEven = part.pixelWidth % 2 === 0 && part.pixelHeight % 2 === 0;
    const isStored = isOpaque && isEven && this.#options.format === 'yuv420p' && plainFilms.has(content.source);
    const format = isStored ? 'yuv420p' : 'rgba';
    const reader = openVideoReader({
      format,
      ffmpegPath: tools.ffmpegPath,
      file: { path, kind, width: source.width, height: source.height, decoder },
      part,
      frameRate: scene.frameRate,
      moments: this.#moments(opening),
      clipPath: layer.path,
      signal,
    });
    this.#readerOf.set(id, reader);
    opening.videos.push({ id, part, reader, format, isWhole });
  }

  /** The moment in a video for each output frame of the outermost layer, from the first that is wanted. */
  *#moments(opening: Opening): Generator<number | null> {
    const { layer, top, clock } = opening;
    const { range, frameRate } = this.#options.scene;
    if (layer.content.type !== 'video') return;
    const { timing } = layer.content;
    for (let frame = Math.max(top.frames.from, range.from); frame < Math.min(top.frames.to, range.to); frame += 1) {
      const seconds = clock(frame);
      const own = seconds === null ? null : Math.floor((seconds * frameRate.numerator) / frameRate.denominator + 1e-6);
      const isShown = own !== null && own >= layer.frames.from && own < layer.frames.to;
      yield seconds === null || !isShown ? null : sourceSecondsAt(timing, seconds - fractionSeconds(layer.start));
    }
  }

  async #openComposition(opening: Opening, content: Extract<Layer['content'], { type: 'composition' }>): Promise<void> {
    const { layer, id } = opening;
    const ratio = (contentDensity(layer, opening.ratio) * layer.contentRect.width) / content.canvas.width;
    const prefix = innerPrefix(id);
    const clock: StageClock = (frame) => {
      const outer = opening.clock(frame);
      return outer === null ? null : sourceSecondsAt(content.timing, outer - fractionSeconds(layer.start));
    };
    const stage: { layers: readonly Layer[]; mattes: readonly Matte[] } = content;
    await this.#openBackgroundOf({ background: content.background, canvas: content.canvas, prefix, ratio, ids: opening.ids });
    for (const inner of namedLayers(stage, prefix)) await this.#openLayer({ ...opening, ...inner, clock, ratio });
  }

  async #openBackgroundOf(stage: {
    background: Background;
    canvas: { width: number; height: number };
    prefix: string;
    ratio: number;
    ids?: string[];
  }): Promise<void> {
    const { background, canvas, ratio } = stage;
    if (background.type !== 'image') return;
    const source = this.#options.scene.sources[background.source];
    if (source?.kind !== 'image') throw unusableAsset('timeline.background', 'it is no picture');
    const scale = Math.max(canvas.width / source.width, canvas.height / source.height);
    const [width, height] = [source.width * scale, source.height * scale];
    const rect = { x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width, height };
    const part: SourcePart = {
      crop: { x: 0, y: 0, width: source.width, height: source.height },
      rect,
      pixelWidth: Math.max(1, Math.round(width * ratio)),
      pixelHeight: Math.max(1, Math.round(height * ratio)),
    };
    const clip = { path: 'timeline.background' };
    const prepared = await decodeStill(this.#pathOf(background.source, clip.path), part, clip);
    const id = backgroundId(stage.prefix);
    stage.ids?.push(id);
    this.#options.pool.open(id, prepared, null);
  }

  #path(source: SourceId, layer: Layer): string {
    return this.#pathOf(source, layer.path);
  }

  #pathOf(source: SourceId, clip: string): string {
    const path = this.#options.paths.get(source);
    if (path === undefined) throw unusableAsset(clip, 'its file is missing');
    return path;
  }
}

interface Opening {
  readonly id: string;
  readonly layer: Layer;
  readonly clock: StageClock;
  readonly ratio: number;
  /** The layer of the scene itself in which it lies. */
  readonly top: Layer;
  readonly ids: string[];
  readonly videos: OpenVideo[];
}

/** Colour cubes by source, for all threads. */
export const readLutTexts = async (scene: Scene, paths: ReadonlyMap<SourceId, string>): Promise<Map<SourceId, string>> => {
  const texts = new Map<SourceId, string>();
  for (const [id, source] of Object.entries(scene.sources)) {
    const path = paths.get(id);
    if (source.kind === 'lut' && path !== undefined) texts.set(id, await readFile(path, 'utf8'));
  }
  return texts;
};
