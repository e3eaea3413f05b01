import { join } from 'node:path';
import { StepError } from '@polyreel/core';
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
import sharp from 'sharp';
import type { RunContext } from '../../runner.ts';
import type { GraphInput, InputSlice } from './graphs/graph.ts';
import type { SourceFilm } from './graphs/refine.ts';

/** A file in a form that every server reads, and the ending by which it is told there. */
export interface PreparedFile {
  readonly path: string;
  readonly ending: string;
}

/** Pictures that servers read as they are. */
const endings: Partial<Record<MediaKind, string>> = { png: 'png', jpeg: 'jpg', webp: 'webp' };

/** Visually lossless: what is made of it is encoded twice more. */
const fineCrf = 12;

export interface PreparedInputs {
  /** Facts of the input `video`; null where there is none. */
  readonly film: SourceFilm | null;
  /** The input `video` as the server gets it; null where there is none. */
  readonly filmPath: string | null;
  /** The file for one input of a graph. Throws StepError `input_missing`. */
  bring(input: GraphInput): Promise<PreparedFile>;
}

/** Brings inputs into forms that servers read, and cuts the stretches out of them that parts of a graph ask for. */
export async function prepareInputs(tools: MediaTools, context: RunContext): Promise<PreparedInputs> {
  const { inputs, scratchDir, signal } = context;
  const film = inputs.video === undefined ? null : await prepareFilm(tools, inputs.video, context);
  let made = 0;
  const fresh = (ending: string): string => join(scratchDir, `input-${made++}.${ending}`);
  return {
    film: film && { size: film.size, frameCount: film.frameCount, frameRate: film.frameRate },
    filmPath: film?.path ?? null,
    async bring({ source, slice }) {
      if (source === 'previous') throw new RangeError('the part before is named, not uploaded');
      const path = source === 'video' ? film?.path : inputs[source];
      if (path === undefined) throw missing(source);
      if (source === 'video') {
        if (!slice) return { path, ending: 'mp4' };
        return {
          path: await cutFilm(tools, { path, slice, output: fresh('mp4'), signal, frameRate: film?.frameRate }),
          ending: 'mp4',
        };
      }
      if (source === 'audio')
        return { path: await cutSound(tools, { path, slice, output: fresh('flac'), signal }), ending: 'flac' };
      const { kind } = await sniffFile(path);
      const ending = endings[kind];
      if (ending !== undefined) return { path, ending };
      const output = fresh('png');
      await sharp(path).autoOrient().png().toFile(output);
      return { path: output, ending: 'png' };
    },
  };
}

export const missing = (role: string): StepError =>
  new StepError({ code: 'input_missing', publicMessage: `The ${role} is missing`, permanent: true });

interface PreparedFilm extends SourceFilm {
  readonly path: string;
}

/** Upright, in constant time, H.264 in MP4: films of ours pass as they are. */
async function prepareFilm(tools: MediaTools, path: string, { scratchDir, signal }: RunContext): Promise<PreparedFilm> {
  const { kind } = await sniffFile(path);
  const facts = await probe(tools, path, { kind, signal, countsFrames: true });
  const { video } = facts;
  if (!video) throw new StepError({ code: 'no_pictures', publicMessage: 'The video shows no pictures', permanent: true });
  const frameRate = video.frameRate ?? { numerator: 25, denominator: 1 };
  const isReady =
    kind === 'mp4' && video.codec === 'h264' && video.rotation === 0 && !facts.audio && video.pixelFormat === 'yuv420p';
  if (isReady && video.frameCount !== null && video.frameRate)
    return { path, size: { width: video.width, height: video.height }, frameCount: video.frameCount, frameRate };
  const output = join(scratchDir, 'input-film.mp4');
  const args = [
    ...buildInputArgs(kind, path, { threads: 2 }),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf'],
    `fps=${formatFrameRate(frameRate)},scale=out_color_matrix=bt709:out_range=tv,crop=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1,format=yuv420p`,
    ...buildH264Args({ frameRate, crf: fineCrf }),
    ...CLEAN_MP4_ARGS,
    output,
  ];
  await runRender(tools, { args, output, signal });
  const made = (await probe(tools, output, { kind: 'mp4', signal, countsFrames: true })).video;
  if (!made?.frameCount)
    throw new StepError({ code: 'no_pictures', publicMessage: 'The video shows no pictures', permanent: true });
  return { path: output, size: { width: made.width, height: made.height }, frameCount: made.frameCount, frameRate };
}

async function cutFilm(
  tools: MediaTools,
  options: {
    path: string;
    slice: InputSlice;
    output: string;
    signal: AbortSignal;
    frameRate: SourceFilm['frameRate'] | undefined;
  },
): Promise<string> {
  const { path, slice, output, signal, frameRate } = options;
  if (slice.unit !== 'frames' || !frameRate) throw new RangeError('films are cut by frames');
  const counted = `settb=${frameRate.denominator}/${frameRate.numerator},setpts=N`;
  const args = [
    ...buildInputArgs('mp4', path, { threads: 2 }),
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf'],
    `${counted},trim=start_frame=${slice.from}:end_frame=${slice.from + slice.count},${counted}`,
    ...['-frames:v', String(slice.count), ...buildH264Args({ frameRate, crf: fineCrf }), ...CLEAN_MP4_ARGS, output],
  ];
  await runRender(tools, { args, output, signal });
  return output;
}

/** FLAC, which is lossless and small enough for the server's limit on uploads. */
async function cutSound(
  tools: MediaTools,
  options: { path: string; slice: InputSlice | undefined; output: string; signal: AbortSignal },
): Promise<string> {
  const { path, slice, output, signal } = options;
  const { kind } = await sniffFile(path);
  const cut = slice ? [`atrim=start=${slice.from}:end=${slice.from + slice.count}`] : [];
  const args = [
    ...buildInputArgs(kind, path, { threads: 1 }),
    ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-af', [...cut, 'asetpts=N/SR/TB'].join(',')],
    ...['-c:a', 'flac', '-ar', '44100', '-ac', '2', '-map_metadata', '-1', '-fflags', '+bitexact', '-f', 'flac', output],
  ];
  await runRender(tools, { args, output, signal });
  return output;
}
