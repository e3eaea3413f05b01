import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildH264Args, runProcess } from '@polyreel/media';

const RATE = { numerator: 30, denominator: 1 };
/** Films as cameras and editors leave them: B-frames, long distances between key frames, tagged BT.709, with sound. */
const FOREIGN = [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p', '-bf', '2', '-g', '90', '-threads', '2'],
  ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
] as const;
const TO_BT709 = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p';

const lavfi = (graph: string): string[] => ['-f', 'lavfi', '-i', graph];
const tone = (expression: string, seconds: number): string[] =>
  lavfi(`aevalsrc='${expression}|${expression.replace('PI*', '1.01*PI*')}':s=44100:d=${seconds}`);

/** Moving pictures with fine detail, each of another kind. */
const scenes = {
  a: 'testsrc2=s=1280x720:r=30:d=24',
  b: 'mandelbrot=s=1280x720:r=30:start_scale=1.5:end_scale=0.01:end_pts=900:maxiter=300,trim=duration=24',
  c: 'gradients=s=1280x720:r=30:d=24:speed=0.02:n=3,drawgrid=w=80:h=80:t=2:c=white@0.4',
} as const;

/** What the twelve films are made of, under `folder`; made once and kept. */
export const makeBenchMedia = async (ffmpegPath: string, folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const make = async (name: string, ...args: string[]): Promise<void> => {
    const path = join(folder, name);
    if (await stat(path).catch(() => null)) return;
    // Under another name until it is whole: a bench that is stopped leaves no broken input.
    const unfinished = join(folder, `unfinished-${name}`);
    await runProcess({
      command: ffmpegPath,
      args: ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args, unfinished],
      signal: new AbortController().signal,
      timeoutMs: 3_600_000,
    });
    await rename(unfinished, path);
  };
  const film = (graph: string): string[] => [
    ...lavfi(graph),
    ...tone('0.2*sin(2*PI*220*t)', 24),
    '-vf',
    TO_BT709,
    ...FOREIGN,
    '-c:a',
    'aac',
    '-shortest',
  ];
  for (const [name, graph] of Object.entries(scenes)) {
    await make(`${name}.mp4`, ...film(graph));
    // The same, written as our own films are.
    await make(
      `own-${name}.mp4`,
      '-i',
      join(folder, `${name}.mp4`),
      '-vf',
      'setsar=1',
      ...buildH264Args({ frameRate: RATE }),
      '-c:a',
      'aac',
      '-t',
      '20',
    );
  }
  await make(
    'large.mp4',
    ...lavfi('testsrc2=s=1920x1080:r=30:d=60'),
    ...tone('0.2*sin(2*PI*196*t)', 60),
    '-vf',
    TO_BT709,
    ...FOREIGN,
    '-c:a',
    'aac',
    '-shortest',
  );
  await make(
    'green.mp4',
    ...lavfi(
      'color=0x00ff00:s=1280x720:r=30:d=12,drawbox=x=200:y=160:w=360:h=400:c=0xcc3322:t=fill,drawbox=x=700:y=240:w=300:h=300:c=0x2244cc:t=fill,scroll=h=0.003',
    ),
    ...['-vf', TO_BT709, ...FOREIGN],
  );
  for (const [index, at] of ['-0.7436', '-0.7453', '-0.16', '0.2835'].entries()) {
    const graph = `mandelbrot=s=2560x1600:start_x=${at}:start_y=${index === 2 ? '1.0405' : index === 3 ? '0.0102' : '0.1318'}:start_scale=${0.02 / (index + 1)}:maxiter=600,gblur=sigma=3`;
    await make(`photo-${index + 1}.jpg`, ...lavfi(graph), '-frames:v', '1', '-q:v', '3');
  }
  await make('voice.wav', ...tone('0.3*sin(2*PI*180*t)*gt(sin(2*PI*0.7*t),0)', 60));
  await make('music.mp3', ...tone('0.2*sin(2*PI*(220+110*floor(mod(t,4)))*t)', 60), '-c:a', 'libmp3lame', '-b:a', '192k');
  await make('beat.m4a', ...tone('0.4*sin(2*PI*60*t)*exp(-8*mod(t,0.5))', 60), '-c:a', 'aac', '-b:a', '160k');
  await make('noise.mp3', ...lavfi('anoisesrc=d=60:c=pink:a=0.1:r=44100'), '-c:a', 'libmp3lame', '-b:a', '128k');
};
