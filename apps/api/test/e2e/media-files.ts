import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const ffprobe = process.env.FFPROBE_PATH ?? 'ffprobe';

/** A picture without a face, `seconds` of a spoken sentence as MP3. */
export async function makeInputs(folder: string, seconds = 2): Promise<{ image: string; audio: string }> {
  const image = path.join(folder, 'portrait.jpg');
  const audio = path.join(folder, 'voiceover.mp3');
  await run(ffmpeg, ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=320x400', '-frames:v', '1', image]);
  const speech =
    "flite=text='The quick brown fox jumps over the lazy dog and then it sleeps in the sun for a long time.':voice=slt";
  await run(ffmpeg, ['-v', 'error', '-y', '-f', 'lavfi', '-i', speech, '-t', String(seconds), '-ar', '44100', audio]);
  return { image, audio };
}

const probeSchema = z.object({
  streams: z.array(
    z.object({
      codec_type: z.string(),
      codec_name: z.string(),
      width: z.number().optional(),
      height: z.number().optional(),
      r_frame_rate: z.string(),
      nb_read_frames: z.string().optional(),
      duration: z.string().optional(),
    }),
  ),
  format: z.object({ duration: z.string() }),
});

/** What ffprobe says, frames counted. */
export async function probeFilm(file: string) {
  const { stdout } = await run(ffprobe, ['-v', 'error', '-count_frames', '-show_streams', '-show_format', '-of', 'json', file]);
  const { streams, format } = probeSchema.parse(JSON.parse(stdout));
  const video = streams.find((stream) => stream.codec_type === 'video');
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  return {
    seconds: Number(format.duration),
    video: video && { ...video, frames: Number(video.nb_read_frames), seconds: Number(video.duration) },
    audio: audio && { ...audio, seconds: Number(audio.duration) },
  };
}

/** Mean volume in dB; silence is far below -60. */
export async function meanVolume(file: string): Promise<number> {
  const { stderr } = await run(ffmpeg, ['-hide_banner', '-i', file, '-af', 'volumedetect', '-vn', '-f', 'null', '-']);
  return Number(/mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1] ?? Number.NaN);
}
