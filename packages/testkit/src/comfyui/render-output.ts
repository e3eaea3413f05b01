import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type MediaTools, runProcess } from '@polyreel/media';
import type { GraphValue, ValueOf } from './graph-values.ts';

const limits = { timeoutMs: 120_000 } as const;

/** Equal seeds give equal frames. */
function picture({ seed, width, height }: ValueOf<'images'>, fps: number): string {
  const hash = createHash('sha256').update(seed).digest();
  const hue = (hash.readUInt16BE(0) / 65_536) * 360;
  // A mask: the left half is seen.
  if (seed === 'mask') return `color=c=black:size=${width}x${height}:rate=${fps},drawbox=w=iw/2:color=white:t=fill`;
  return `testsrc2=size=${width}x${height}:rate=${fps},hue=h=${hue.toFixed(1)}`;
}

/** Writes the file that a saving node makes, with the prompt and its graph in the metadata, as the server does unless told not to. */
export async function renderOutput(
  tools: MediaTools,
  options: { value: GraphValue; path: string; prompt: string; signal: AbortSignal },
): Promise<void> {
  const { value, path, prompt, signal } = options;
  const run = (args: readonly string[]) =>
    runProcess({ command: tools.ffmpegPath, args: ['-v', 'error', '-nostdin', '-y', ...args, path], signal, ...limits });
  const metadata = ['-metadata', `prompt=${prompt}`, '-metadata', `comment=${prompt}`];
  switch (value.kind) {
    case 'video': {
      const frames = String(value.images.count);
      await run([
        ...['-f', 'lavfi', '-i', picture(value.images, value.fps), '-frames:v', frames, '-pix_fmt', 'yuv420p'],
        ...['-c:v', 'libx264', '-preset', 'ultrafast', '-movflags', 'use_metadata_tags', ...metadata],
      ]);
      return;
    }
    case 'images': {
      const format = value.hasAlpha ? ',format=rgba,colorchannelmixer=aa=0.5' : ',format=rgb24';
      await run([
        '-f',
        'lavfi',
        '-i',
        `${picture(value, 25)}${format}`,
        '-frames:v',
        '1',
        '-c:v',
        'png',
        '-f',
        'image2',
        '-update',
        '1',
      ]);
      await addText(path, 'prompt', prompt);
      return;
    }
    case 'audio': {
      const tone = 200 + createHash('sha256').update(value.seed).digest().readUInt8(0);
      await run([
        '-f',
        'lavfi',
        '-i',
        `sine=frequency=${tone}:duration=${value.seconds}:sample_rate=44100`,
        '-c:a',
        codecOf(path),
        ...metadata,
      ]);
      return;
    }
    default:
      throw new TypeError(`${value.kind} cannot be saved`);
  }
}

const codecOf = (path: string): string => (path.endsWith('.mp3') ? 'libmp3lame' : 'flac');

/** A text chunk before the end of a PNG. */
async function addText(path: string, key: string, text: string): Promise<void> {
  const png = await readFile(path);
  const data = Buffer.concat([Buffer.from('tEXt'), Buffer.from(`${key}\0${text}`, 'latin1')]);
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4, 0);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(data), data.length + 4);
  const end = png.length - 12;
  await writeFile(path, Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]));
}

/** A small JPEG, as previews are. */
export async function renderPreview(tools: MediaTools): Promise<Buffer> {
  const { stdout } = await runProcess({
    command: tools.ffmpegPath,
    args: [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=64x48',
      '-frames:v',
      '1',
      '-c:v',
      'mjpeg',
      '-pix_fmt',
      'yuvj420p',
      '-f',
      'image2pipe',
      'pipe:1',
    ],
    signal: AbortSignal.timeout(30_000),
    ...limits,
  });
  return stdout;
}
