import { readdir, readFile } from 'node:fs/promises';
import { type MediaTools, runProcess } from '@polyreel/media';
import { z } from 'zod';

/** What a player finds in a film, read packet by packet. */
export interface FilmFacts {
  readonly codec: string;
  readonly profile: string;
  readonly pixelFormat: string;
  readonly colours: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly timeBase: string;
  /** Start of each frame in ticks of the time base, in showing order. */
  readonly times: readonly number[];
  /** Numbers of the frames that begin a group. */
  readonly keyFrames: readonly number[];
  readonly streamCount: number;
}

const outputSchema = z.object({
  streams: z.array(
    z.object({
      codec_type: z.string(),
      codec_name: z.string(),
      profile: z.coerce.string().default(''),
      pix_fmt: z.string().default(''),
      width: z.int().default(0),
      height: z.int().default(0),
      time_base: z.string(),
      color_space: z.string().default('unknown'),
      color_primaries: z.string().default('unknown'),
      color_transfer: z.string().default('unknown'),
      color_range: z.string().default('unknown'),
    }),
  ),
  packets: z.array(z.object({ pts: z.int(), flags: z.string() })),
});

export const readFilmFacts = async (tools: MediaTools, path: string): Promise<FilmFacts> => {
  const { stdout } = await runProcess({
    command: tools.ffprobePath,
    args: ['-loglevel', 'error', '-select_streams', 'v', '-show_streams', '-show_packets', '-of', 'json', path],
    signal: AbortSignal.timeout(60_000),
    timeoutMs: 60_000,
    maxOutputBytes: 256 * 1024 * 1024,
  });
  const { streams, packets } = outputSchema.parse(JSON.parse(stdout.toString('utf8')));
  const [video] = streams;
  if (video === undefined) throw new Error(`${path} has no pictures`);
  const shown = packets.toSorted((a, b) => a.pts - b.pts);
  return {
    codec: video.codec_name,
    profile: video.profile,
    pixelFormat: video.pix_fmt,
    colours: [video.color_space, video.color_primaries, video.color_transfer, video.color_range],
    width: video.width,
    height: video.height,
    timeBase: video.time_base,
    times: shown.map(({ pts }) => pts),
    keyFrames: shown.flatMap(({ flags }, index) => (flags.startsWith('K') ? [index] : [])),
    streamCount: streams.length,
  };
};

/** One hash a decoded frame. Decoding goes through to the end, so a broken film throws. */
export const hashFrames = async (tools: MediaTools, path: string): Promise<string[]> => {
  const { stdout } = await runProcess({
    command: tools.ffmpegPath,
    args: ['-loglevel', 'error', '-nostdin', '-xerror', '-i', path, '-map', '0:v', '-f', 'framemd5', 'pipe:1'],
    signal: AbortSignal.timeout(120_000),
    timeoutMs: 120_000,
  });
  const lines = stdout.toString('utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.slice(-32));
};

/** Ids of the programs that this process has started and that are still there. Linux; elsewhere nothing is seen. */
export const childProcesses = async (): Promise<string[]> => {
  const tasks = await readdir('/proc/self/task').catch(() => []);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/children`, 'utf8').catch(() => '')));
  return lists.flatMap((list) => list.split(' ').filter((id) => id !== ''));
};
