import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FrameRate } from '@polyreel/core';
import { framesPerSecond } from '@polyreel/core';
import { buildInputArgs } from '../foreign-input.ts';
import { formatFrameRate, trackTimescale } from '../frame-rate.ts';
import type { MediaKind } from '../media-kinds.ts';
import { BT709_FRAMES, buildAudioArgs, buildMuxerArgs, buildPictureArgs } from './encode-args.ts';
import { toNumber } from './fraction.ts';
import type { OutputPlan } from './output-plan.ts';
import { type CopyPart, type Segment, shownPart, sourceTimeAt } from './route.ts';
import type { Scene } from './scene-graph.ts';
import type { SoundGraph } from './sound-args.ts';
import { sourceClock } from './source-clock.ts';

const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats', '-y', '-progress', 'pipe:1'] as const;

/** Sound and tags that go with any picture. `inputs`: how many inputs the picture has. */
export interface Beside {
  readonly sound: SoundGraph | null;
  readonly metadataPath: string | null;
  readonly path: string;
}

const metadataInput = (path: string | null): string[] => (path === null ? [] : ['-f', 'ffmetadata', '-i', path]);

/** The concat list: names that we chose. A part begins at a key frame; its borders stand between two frames. */
export const buildCopyList = (parts: readonly (CopyPart & { name: string })[], frameRate: FrameRate): string => {
  const rate = framesPerSecond(frameRate);
  const lines = parts.flatMap((part) => {
    const end = part.fromFrame + part.frameCount;
    return [
      `file ${part.name}`,
      ...(part.fromFrame > 0 ? [`inpoint ${((part.fromFrame + 0.25) / rate).toFixed(6)}`] : []),
      ...(end < part.sourceFrames ? [`outpoint ${((end - 0.5) / rate).toFixed(6)}`] : []),
    ];
  });
  return `${['ffconcat version 1.0', ...lines].join('\n')}\n`;
};

/** Links with names of ours and the list beside them; the folder is the caller's to remove. */
export const prepareCopy = async (
  folder: string,
  parts: readonly CopyPart[],
  options: { paths: ReadonlyMap<string, string>; frameRate: FrameRate },
): Promise<string> => {
  await mkdir(folder, { recursive: true });
  const names = new Map<string, string>();
  for (const { source } of parts) {
    if (names.has(source)) continue;
    const name = `part-${names.size}.mp4`;
    names.set(source, name);
    await symlink(resolve(options.paths.get(source) ?? ''), join(folder, name));
  }
  const list = join(folder, 'list.ffconcat');
  await writeFile(
    list,
    buildCopyList(
      parts.map((part) => ({ ...part, name: names.get(part.source) ?? '' })),
      options.frameRate,
    ),
  );
  return list;
};

/** Packets are taken over and stamped by their count; the sound is made anew. */
export const buildCopyArgs = (list: string, plan: OutputPlan, { sound, metadataPath, path }: Beside): string[] => {
  const ticks = (trackTimescale(plan.frameRate) / plan.frameRate.numerator) * plan.frameRate.denominator;
  return [
    ...[...QUIET, '-protocol_whitelist', 'file,pipe', '-format_whitelist', 'concat,mov,mp4,m4a,3gp,3g2,mj2'],
    ...['-f', 'concat', '-safe', '1', '-auto_convert', '0', '-i', list],
    ...metadataInput(metadataPath),
    ...(sound?.inputArgs ?? []),
    ...(sound === null ? [] : ['-filter_complex', sound.filter]),
    ...['-map', '0:v:0', ...(sound === null ? ['-an'] : ['-map', '[sound]'])],
    ...['-c:v', 'copy', '-bsf:v', `setts=ts=N*${ticks}:duration=${ticks}`],
    ...(sound === null ? [] : buildAudioArgs(plan)),
    ...['-map_metadata', metadataPath === null ? '-1' : '1', ...buildMuxerArgs(plan), path],
  ];
};

export interface GraphFile {
  readonly kind: MediaKind;
  readonly path: string;
}

/** Pixels of all inputs together up to which each decoder gets two threads: each keeps pictures of its own. */
const MAX_THREADED_PIXELS = 64 * 1920 * 1080;

/** One filter graph: each stretch decoded, timed, scaled and cut to the frame, then all joined, encoded and mixed at once. */
export const buildGraphArgs = (
  segments: readonly Segment[],
  options: { scene: Scene; plan: OutputPlan; files: ReadonlyMap<string, GraphFile>; beside: Beside },
): string[] => {
  const { scene, plan, files, beside } = options;
  const inputs: string[] = [];
  const chains: string[] = [];
  const threads = segments.reduce((sum, segment) => sum + sourcePixels(segment, scene), 0) > MAX_THREADED_PIXELS ? 1 : 2;
  for (const [index, segment] of segments.entries()) {
    const file = files.get(segment.layer.content.source);
    if (file === undefined) throw new Error(`no file for ${segment.layer.path}`);
    const { args, filters } = segmentParts(segment, {
      file,
      scene,
      plan,
      threads,
      isMixed: (segments[index + 1]?.fadeFrames ?? 0) > 0,
    });
    inputs.push(...args);
    chains.push(`[${index}:v:0]${filters.join(',')}[s${index}]`);
  }
  // Frames are in the film's colours already: the encoder's own step from RGBA falls away.
  const picture = buildPictureArgs(plan, scene.range.to - scene.range.from);
  const { sound, metadataPath, path } = beside;
  return [
    ...[...QUIET, ...inputs],
    ...metadataInput(metadataPath),
    ...(sound?.inputArgs ?? []),
    ...['-filter_complex', [...chains, ...joinSegments(segments, scene), ...(sound === null ? [] : [sound.filter])].join(';')],
    ...['-map', '[picture]', ...(sound === null ? ['-an'] : ['-map', '[sound]'])],
    ...picture.args,
    ...(sound === null ? [] : buildAudioArgs(plan)),
    ...['-map_metadata', metadataPath === null ? '-1' : String(segments.length), ...buildMuxerArgs(plan), path],
  ];
};

const sourcePixels = ({ layer }: Segment, scene: Scene): number => {
  const source = scene.sources[layer.content.source];
  return source !== undefined && 'width' in source ? source.width * source.height : 0;
};

const pixelFormats: Readonly<Record<string, string>> = { prores: 'yuv422p10le', prores4444: 'yuv444p10le' };

/** Stretches that fade into each other are mixed one after the other, then all are strung together as `[picture]`. */
const joinSegments = (segments: readonly Segment[], { frameRate }: Scene): string[] => {
  const secondsOf = (frames: number): string => ((frames * frameRate.denominator) / frameRate.numerator).toFixed(6);
  const filters: string[] = [];
  const runs: { label: string; readonly from: number }[] = [];
  for (const [index, { frames, fadeFrames }] of segments.entries()) {
    const run = runs.at(-1);
    if (run === undefined || fadeFrames === 0) {
      runs.push({ label: `[s${index}]`, from: frames.from });
      continue;
    }
    const fade = `xfade=transition=fade:duration=${secondsOf(fadeFrames)}:offset=${secondsOf(frames.from - run.from)}`;
    filters.push(`${run.label}[s${index}]${fade}[m${index}]`);
    run.label = `[m${index}]`;
  }
  const labels = runs.map(({ label }) => label).join('');
  return [...filters, runs.length === 1 ? `${labels}null[picture]` : `${labels}concat=n=${runs.length}:v=1:a=0[picture]`];
};

const segmentParts = (
  segment: Segment,
  options: {
    file: GraphFile;
    scene: Scene;
    plan: OutputPlan;
    threads: number;
    /** The next stretch fades in over its end. */
    isMixed: boolean;
  },
): { args: string[]; filters: string[] } => {
  const { file, scene, plan, threads } = options;
  const { layer, frames } = segment;
  const rate = formatFrameRate(scene.frameRate);
  const count = frames.to - frames.from;
  // `xfade` ends well only if what is left does not end with it: the last frame stays for one more, which is never seen.
  const rest = options.isMixed ? 1 : 0;
  const { content } = layer;
  const shape = [...fitFilters(layer, scene, plan), `format=${pixelFormats[plan.codec ?? ''] ?? 'yuv420p'}`, BT709_FRAMES];
  if (content.type === 'image') {
    // Scaled once, then shown again and again; a fade wants to know the rate, which `fps` says.
    const timeBase = `settb=${scene.frameRate.denominator}/${scene.frameRate.numerator}`;
    const again = ['loop=loop=-1:size=1', timeBase, 'setpts=N', `fps=fps=${rate}`, `trim=end_frame=${count + rest}`];
    return { args: buildInputArgs(file.kind, file.path, { threads: 1 }), filters: [...shape, ...again] };
  }
  const { seek, filters } = sourceClock({
    startSeconds: toNumber(sourceTimeAt(layer, frames.from, scene)),
    speed: content.timing.speed.numerator / content.timing.speed.denominator,
    rate,
  });
  return {
    args: [...seek, ...buildInputArgs(file.kind, file.path, { threads })],
    filters: [...filters, `trim=end_frame=${count}`, ...shape, ...(rest === 0 ? [] : [`tpad=stop_mode=clone:stop=${rest}`])],
  };
};

/** The part of the source that the frame shows is cut out and brought to the written size. */
const fitFilters = (layer: Segment['layer'], scene: Scene, plan: OutputPlan): string[] => {
  const part = shownPart(layer, scene.canvas);
  const source = scene.sources[layer.content.source];
  const isWhole = source !== undefined && 'width' in source && part.width === source.width && part.height === source.height;
  const isImage = layer.content.type === 'image';
  return [
    ...(isWhole ? [] : [`crop=w=${part.width}:h=${part.height}:x=${part.x}:y=${part.y}:exact=1`]),
    `scale=${plan.output.width}:${plan.output.height}:flags=bicubic+accurate_rnd:${isImage ? '' : 'in_color_matrix=bt709:'}out_color_matrix=bt709:out_range=tv`,
    'setsar=1',
  ];
};
