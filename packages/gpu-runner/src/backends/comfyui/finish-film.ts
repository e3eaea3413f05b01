import type { Canvas, FrameRate } from '@polyreel/core';
import {
  buildH264Args,
  buildInputArgs,
  CLEAN_MP4_ARGS,
  formatFrameRate,
  type MediaKind,
  type MediaTools,
  probe,
  runRender,
  sniffFile,
} from '@polyreel/media';
import type { RunWarning } from '../../runner.ts';
import { comfyError } from './comfy-errors.ts';
import type { BuiltGraph } from './graphs/graph.ts';

/** A film that a server made, and what its graph promised. */
export interface MadeFilm {
  readonly path: string;
  readonly built: Pick<BuiltGraph, 'frames' | 'size' | 'frameRate' | 'skipFrames'>;
}

export interface FilmTarget {
  readonly canvas: Canvas;
  readonly frameRate: FrameRate;
  readonly frameCount: number;
}

interface OpenedFilm {
  readonly path: string;
  readonly kind: MediaKind;
  readonly size: Canvas;
  readonly frameCount: number;
  readonly skipFrames: number;
}

export interface FinishFilmOptions extends FilmTarget {
  readonly parts: readonly MadeFilm[];
  /** Path of the film to write. */
  readonly output: string;
  readonly signal: AbortSignal;
  onProgress(ratio: number): void;
  /** Given: the parts are a grey film of what is seen of this one, and the result is a WebM of it with alpha. */
  readonly alphaOf?: string;
}

/**
 * Joins what a server made into the one film that was asked: its canvas cut out of the middle, its frames chosen by time, its exact length,
 * encoded as ours are, with no metadata. Throws StepError: `backend_bad_output` when the files are not what the graph makes.
 */
export async function finishFilm(tools: MediaTools, options: FinishFilmOptions): Promise<RunWarning[]> {
  const parts = await Promise.all(options.parts.map((part) => openMade(tools, part, options.signal)));
  const [first] = parts;
  const madeRate = options.parts[0]?.built.frameRate;
  if (first === undefined || !madeRate) throw comfyError('backend_bad_output', new Error('no film was made'));
  const frames = parts.reduce((sum, part) => sum + part.frameCount - part.skipFrames, 0);
  const atRate = Math.floor(Number(((frames - 1) * ratioOf(options.frameRate, madeRate)).toFixed(6))) + 1;
  const held = Math.max(0, options.frameCount - atRate);
  const source = options.alphaOf === undefined ? null : { path: options.alphaOf, kind: (await sniffFile(options.alphaOf)).kind };
  const args = buildFinishArgs({ ...options, opened: parts, madeRate, held, source });
  const { output, signal, frameCount, onProgress } = options;
  await runRender(tools, { args, output, signal, frameCount, onProgress });
  return held > 1 ? [{ code: 'held_last_frame', details: { frames: String(held) } }] : [];
}

const ratioOf = (to: FrameRate, from: FrameRate): number => (to.numerator * from.denominator) / (to.denominator * from.numerator);

async function openMade(tools: MediaTools, { path, built }: MadeFilm, signal: AbortSignal): Promise<OpenedFilm> {
  const { kind } = await sniffFile(path);
  const facts = await probe(tools, path, { kind, signal, countsFrames: true }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw comfyError('backend_bad_output', cause);
  });
  const { video } = facts;
  const { frames, size } = built;
  const isAsPromised =
    video !== undefined &&
    video.frameCount === frames &&
    (size === null || (video.width === size.width && video.height === size.height));
  if (!isAsPromised || video.frameCount === null) {
    const found = video ? `${video.frameCount} frames of ${video.width}x${video.height}` : 'no pictures';
    throw comfyError(
      'backend_bad_output',
      new Error(`${found} were made, ${frames} of ${size ? `${size.width}x${size.height}` : 'any size'} were promised`),
    );
  }
  const madeSize = { width: video.width, height: video.height };
  return { path, kind, size: madeSize, frameCount: video.frameCount, skipFrames: built.skipFrames };
}

export interface FinishArgs extends Pick<FinishFilmOptions, 'canvas' | 'frameRate' | 'frameCount' | 'output'> {
  readonly opened: readonly OpenedFilm[];
  /** Rate of the frames, whatever the files say. */
  readonly madeRate: FrameRate;
  /** How often the last frame is repeated. */
  readonly held: number;
  readonly source: { readonly path: string; readonly kind: MediaKind } | null;
}

/** Exported for tests. */
export function buildFinishArgs(options: FinishArgs): string[] {
  const { opened, source, frameRate, frameCount } = options;
  const inputs = opened.flatMap(({ kind, path }) => buildInputArgs(kind, path, { threads: 2 }));
  const counted = `settb=${options.madeRate.denominator}/${options.madeRate.numerator},setpts=N`;
  const trims = opened.map(({ skipFrames }, at) => `[${at}:v:0]${counted},trim=start_frame=${skipFrames},${counted}[part${at}]`);
  const labels = opened.map((_, at) => `[part${at}]`).join('');
  const joined = `${labels}concat=n=${opened.length}:v=1:a=0,${counted}[made]`;
  // What the server wrote has no colour tags; untagged pictures are read as its encoder wrote them.
  const masked = source
    ? [`[${opened.length}:v:0]${counted}[seen]`, '[made]format=gray[mask]', '[seen][mask]alphamerge[cut]']
    : [];
  const shown = [
    ...(ratioOf(frameRate, options.madeRate) === 1 ? [] : [`fps=${formatFrameRate(frameRate)}:round=near`]),
    ...(options.held > 0 ? [`tpad=stop_mode=clone:stop=${options.held}`] : []),
    `trim=end_frame=${frameCount}`,
    `settb=${frameRate.denominator}/${frameRate.numerator}`,
    'setpts=N',
    ...fit(opened[0]?.size ?? options.canvas, options.canvas),
    'setsar=1',
    source ? 'format=yuva420p' : 'format=yuv420p',
  ];
  const graph = [...trims, joined, ...masked, `[${source ? 'cut' : 'made'}]${shown.join(',')}[out]`].join(';');
  return [
    ...inputs,
    ...(source ? buildInputArgs(source.kind, source.path, { threads: 2 }) : []),
    ...['-filter_complex', graph, '-map', '[out]', '-an', '-sn', '-dn', '-frames:v', String(frameCount)],
    ...(source ? buildWebmArgs(frameRate) : [...buildH264Args({ frameRate, crf: GENERATED_CRF }), ...CLEAN_MP4_ARGS]),
    options.output,
  ];
}

/** Finer than the house's default: the server has encoded it once. */
const GENERATED_CRF = 17;

/** Cut out of the middle where it is large enough, else enlarged to fill. */
function fit(made: Canvas, canvas: Canvas): string[] {
  const colours = 'out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd';
  const size = `${canvas.width}:${canvas.height}`;
  if (made.width >= canvas.width && made.height >= canvas.height) return [`scale=${colours}`, `crop=${size}`];
  return [`scale=${size}:force_original_aspect_ratio=increase:${colours}`, `crop=${size}`];
}

const buildWebmArgs = (frameRate: FrameRate): string[] => [
  ...['-c:v', 'libvpx-vp9', '-auto-alt-ref', '0', '-crf', '24', '-b:v', '0', '-deadline', 'good', '-cpu-used', '5'],
  ...['-threads', '2', '-g', '120', '-r', formatFrameRate(frameRate), '-fps_mode', 'cfr'],
  ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
  ...['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-f', 'webm'],
];
