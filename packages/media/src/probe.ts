import { StepError } from '@polyreel/core';
import { z } from 'zod';
import { buildForeignInputArgs, runOnForeignInput } from './foreign-input.ts';
import type { MediaKind } from './media-kinds.ts';
import { sniffFile } from './sniff.ts';
import type { MediaTools } from './tools.ts';

const PROBE_CPU_SECONDS = 10;

export interface VideoFacts {
  readonly codec: string;
  readonly profile: string | null;
  readonly level: number | null;
  /** As stored, before rotation. */
  readonly width: number;
  readonly height: number;
  /** Average rate; null for a single picture. */
  readonly frameRate: { readonly numerator: number; readonly denominator: number } | null;
  /** From the container's index, or counted when asked; null when unknown. */
  readonly frameCount: number | null;
  readonly pixelFormat: string | null;
  readonly colorSpace: string | null;
  readonly colorRange: string | null;
  /** Degrees clockwise by which a player turns the picture: 0, 90, 180 or 270. */
  readonly rotation: number;
  readonly hasBFrames: boolean;
  readonly timeBase: string;
  /** Of the codec's set-up bytes (SPS and PPS for H.264). Equal for clips that join by copy. */
  readonly extradataHash: string | null;
  readonly durationSeconds: number | null;
}

export interface AudioFacts {
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** By the header, which lies in some formats: `measureAudio` decodes. */
  readonly durationSeconds: number | null;
}

export interface MediaFacts {
  /** ffmpeg's name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
  /** By the header; null when the container does not say. */
  readonly durationSeconds: number | null;
  readonly sizeBytes: number;
  /** The first stream of moving pictures. */
  readonly video?: VideoFacts;
  readonly audio?: AudioFacts;
  /** A still inside a sound file. */
  readonly hasCoverArt: boolean;
}

export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** Already known kind; otherwise the file is sniffed. */
  readonly kind?: MediaKind;
  /** Reads all packets to count frames that the container does not count. */
  readonly countsFrames?: boolean;
}

export const buildProbeArgs = (options: { kind: MediaKind; path: string; countsFrames: boolean }): string[] => [
  ...['-hide_banner', '-loglevel', 'error', '-show_format', '-show_streams', '-show_data_hash', 'crc32', '-of', 'json'],
  ...(options.countsFrames ? ['-count_packets'] : []),
  ...buildForeignInputArgs(options.kind, options.path),
];

/**
 * Reads what a media file says about itself. Throws StepError: `unsupported_media` for a kind that is never opened, `process_failed`
 * for a broken file, `process_timeout`, `aborted`.
 */
export const probe = async (tools: MediaTools, path: string, options: ProbeOptions): Promise<MediaFacts> => {
  const kind = options.kind ?? (await sniffFile(path)).kind;
  const { stdout } = await runOnForeignInput({
    command: tools.ffprobePath,
    args: buildProbeArgs({ kind, path, countsFrames: options.countsFrames ?? false }),
    signal: options.signal,
    cpuSeconds: PROBE_CPU_SECONDS,
  });
  return parseProbeOutput(stdout.toString('utf8'));
};

/** True for sound without moving pictures, in whatever container: cover art is not a film. */
export const isAudioOnly = (facts: MediaFacts): boolean => facts.audio !== undefined && facts.video === undefined;

const numeric = z.coerce.number().optional().catch(undefined);
const streamSchema = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().default('unknown'),
  profile: z.coerce.string().optional(),
  level: numeric,
  width: numeric,
  height: numeric,
  pix_fmt: z.string().optional(),
  color_space: z.string().optional(),
  color_range: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  time_base: z.string().default('0/1'),
  has_b_frames: numeric,
  nb_frames: numeric,
  nb_read_packets: numeric,
  duration: numeric,
  sample_rate: numeric,
  channels: numeric,
  extradata_hash: z.string().optional(),
  disposition: z.object({ attached_pic: z.number().default(0), still_image: z.number().default(0) }).optional(),
  tags: z.object({ rotate: numeric }).optional(),
  side_data_list: z.array(z.object({ rotation: numeric })).optional(),
});
const probeSchema = z.object({
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string(), duration: numeric, size: numeric }),
});
type ProbedStream = z.infer<typeof streamSchema>;

/** Exported for tests: ffprobe's JSON to facts. Throws a permanent StepError when it is not what ffprobe writes. */
export const parseProbeOutput = (json: string): MediaFacts => {
  const { streams, format } = parseJson(json);
  const isCover = (stream: ProbedStream): boolean => stream.codec_type === 'video' && stream.disposition?.attached_pic === 1;
  const video = streams.find((stream) => stream.codec_type === 'video' && !isCover(stream));
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  return {
    format: format.format_name,
    durationSeconds: format.duration ?? null,
    sizeBytes: format.size ?? 0,
    ...(video === undefined ? {} : { video: videoFacts(video) }),
    ...(audio === undefined ? {} : { audio: audioFacts(audio) }),
    hasCoverArt: streams.some(isCover),
  };
};

const parseJson = (json: string): z.infer<typeof probeSchema> => {
  try {
    return probeSchema.parse(JSON.parse(json));
  } catch (cause) {
    throw new StepError({ code: 'probe_unreadable', publicMessage: 'The media file could not be read', permanent: true, cause });
  }
};

const videoFacts = (stream: ProbedStream): VideoFacts => ({
  codec: stream.codec_name,
  profile: stream.profile ?? null,
  level: stream.level ?? null,
  width: stream.width ?? 0,
  height: stream.height ?? 0,
  frameRate: parseRate(stream.avg_frame_rate) ?? parseRate(stream.r_frame_rate),
  frameCount: stream.nb_frames ?? stream.nb_read_packets ?? null,
  pixelFormat: stream.pix_fmt ?? null,
  colorSpace: stream.color_space ?? null,
  colorRange: stream.color_range ?? null,
  rotation: rotationOf(stream),
  hasBFrames: (stream.has_b_frames ?? 0) > 0,
  timeBase: stream.time_base,
  extradataHash: stream.extradata_hash ?? null,
  durationSeconds: stream.duration ?? null,
});

const audioFacts = (stream: ProbedStream): AudioFacts => ({
  codec: stream.codec_name,
  sampleRate: stream.sample_rate ?? 0,
  channels: stream.channels ?? 0,
  durationSeconds: stream.duration ?? null,
});

const parseRate = (text: string | undefined): VideoFacts['frameRate'] => {
  const [numerator = 0, denominator = 0] = (text ?? '').split('/').map(Number);
  return numerator > 0 && denominator > 0 ? { numerator, denominator } : null;
};

/** The display matrix counts counter-clockwise, the old `rotate` tag clockwise. */
const rotationOf = (stream: ProbedStream): number => {
  const matrix = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  const degrees = matrix === undefined ? (stream.tags?.rotate ?? 0) : -matrix;
  return (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
};
