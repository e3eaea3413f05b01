import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Half a second of moving pictures with a tone. */
export async function makeSmallFilm(folder: string): Promise<string> {
  const film = path.join(folder, 'film.mp4');
  await run(process.env.FFMPEG_PATH ?? 'ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=128x96:rate=12', '-f', 'lavfi', '-i', 'sine=frequency=440'],
    ...['-t', '0.5', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-c:a', 'aac', film],
  ]);
  return film;
}

/** The portrait at a quarter of its pixels: what is made of it is looked at elsewhere. */
export async function makeSmallPortrait(folder: string, portrait: string): Promise<string> {
  const small = path.join(folder, 'portrait.jpg');
  await run(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-v', 'error', '-y', '-i', portrait, '-vf', 'scale=256:256', small]);
  return small;
}
