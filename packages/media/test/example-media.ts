import { copyFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runProcess } from '../src/run-process.ts';
import type { MediaTools } from '../src/tools.ts';

const require = createRequire(import.meta.url);

const SRT = '1\n00:00:00,000 --> 00:00:01,000\nFirst line\n\n2\n00:00:01,000 --> 00:00:02,000\nThe <i>second</i> cue\n';
/** Red and blue change places. */
const CUBE = `LUT_3D_SIZE 2\n${[0, 1].flatMap((b) => [0, 1].flatMap((g) => [0, 1].map((r) => `${b} ${g} ${r}`))).join('\n')}\n`;

const quadrants = (width: number, height: number): string[] => {
  const [w, h] = [width / 2, height / 2];
  const boxes = [`0:0:${w}:${h}:red`, `${w}:0:${w}:${h}:lime`, `0:${h}:${w}:${h}:blue`, `${w}:${h}:${w}:${h}:yellow`];
  const drawn = boxes.map((box) => `drawbox=${box.replace(/:(\w+)$/, ':color=$1')}:t=fill`).join(',');
  return ['-f', 'lavfi', '-i', `color=black:s=${width}x${height},format=rgb24,${drawn}`, '-frames:v', '1'];
};
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-pix_fmt', 'yuv420p', '-g', '25'] as const;

/**
 * The files that `examples/timelines` name, made by ffmpeg: `photo.png` and `tall.png` in quarters (red, green, blue, yellow);
 * `counter.mp4`, whose frame n of 50 at 25 a second has the grey 16 + 4 n; and what their names say.
 */
export const makeExampleMedia = async (tools: MediaTools, folder: string): Promise<void> => {
  const at = (name: string): string => join(folder, name);
  const make = async (...args: string[]): Promise<void> => {
    await runProcess({
      command: tools.ffmpegPath,
      args: ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args],
      signal: new AbortController().signal,
      timeoutMs: 120_000,
    });
  };
  const lavfi = (graph: string): string[] => ['-f', 'lavfi', '-i', graph];
  await Promise.all([
    make(...quadrants(400, 300), at('photo.png')),
    make(...quadrants(100, 300), at('tall.png')),
    make(...lavfi("nullsrc=s=128x72:r=25:d=2,format=yuv420p,geq=lum='16+4*N':cb=128:cr=128"), ...H264, at('counter.mp4')),
    make(...lavfi('color=0x00ff00:s=160x90:r=10:d=1,drawbox=60:20:40:50:color=red:t=fill'), ...H264, at('green.mp4')),
    make(
      ...lavfi("nullsrc=s=256x144:d=1,format=gray,geq=lum='if(lt(hypot(X-128,Y-72),50),255,0)'"),
      ...['-frames:v', '1', at('mask.png')],
    ),
    make(
      ...lavfi("nullsrc=s=64x64:r=5:d=0.8,format=rgb24,geq=r='255*mod(N,2)':g='255*gte(N,2)':b=0"),
      ...['-f', 'gif', at('blink.gif')],
    ),
    make(
      ...lavfi("color=white:s=96x96:r=10:d=1,format=yuva420p,geq=lum=200:cb=60:cr=200:a='if(lt(hypot(X-48,Y-48),40),255,0)'"),
      ...['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-auto-alt-ref', '0', '-b:v', '300k', at('alpha.webm')],
    ),
    make(...lavfi("aevalsrc='0.7*sin(440*2*PI*t)+0.2*sin(1760*2*PI*t)':d=2:s=44100"), '-c:a', 'libmp3lame', at('tone.mp3')),
    writeFile(at('words.srt'), SRT),
    writeFile(at('swap.cube'), CUBE),
    copyFile(require.resolve('@fontsource/permanent-marker/files/permanent-marker-latin-400-normal.woff2'), at('Fancy.woff2')),
  ]);
  // The turn is only written when nothing is encoded.
  await make(...lavfi('color=gray:s=128x72:r=10:d=1,drawbox=0:0:64:36:color=red:t=fill'), ...H264, at('landscape.mp4'));
  await make('-i', at('landscape.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', at('portrait.mp4'));
};
