import type { Canvas } from '@polyreel/core';
import { runProcess } from '../run-process.ts';
import type { MediaTools } from '../tools.ts';

/** What may happen to a film on its way through the world; tests and the bench share it. */
export interface Attack {
  readonly name: string;
  /** Ending of the attacked file. */
  readonly container: 'mp4' | 'mkv';
  readonly args: readonly string[];
}

const again = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'] as const;

export const attacks: readonly Attack[] = [
  { name: 'CRF 28', container: 'mp4', args: [...again, '-crf', '28'] },
  { name: '720 to 480 lines', container: 'mp4', args: ['-vf', 'scale=-2:2*trunc(ih/3)', ...again, '-crf', '23'] },
  { name: '10 % crop', container: 'mp4', args: ['-vf', 'crop=2*trunc(iw*0.45):2*trunc(ih*0.45)', ...again, '-crf', '23'] },
  { name: '16 to 30 fps', container: 'mp4', args: ['-vf', 'fps=30', ...again, '-crf', '23'] },
  { name: '5 s cut', container: 'mp4', args: ['-ss', '0.7', '-t', '5', ...again, '-crf', '23'] },
  { name: '-c copy', container: 'mkv', args: ['-c', 'copy'] },
];

export const mirror: Attack = { name: 'mirror', container: 'mp4', args: ['-vf', 'hflip', ...again, '-crf', '23'] };

export const attackFilm = (tools: MediaTools, attack: Attack, input: string, output: string): Promise<void> =>
  attackFilms(tools, input, [{ attack, output }]);

/** Every attack on the same film, which is decoded once for all of them. */
export const attackFilms = async (
  tools: MediaTools,
  input: string,
  wanted: readonly { readonly attack: Attack; readonly output: string }[],
): Promise<void> => {
  const outputs = wanted.flatMap(({ attack, output }) => [...attack.args, '-an', output]);
  await runProcess({
    command: tools.ffmpegPath,
    args: ['-v', 'error', '-nostdin', '-y', '-i', input, ...outputs],
    signal: new AbortController().signal,
    timeoutMs: 600_000,
  });
};

const shores = [
  { x: -0.7436, y: 0.1318 },
  { x: -0.16, y: 1.0405 },
  { x: 0.2835, y: 0.0102 },
  { x: -1.2507, y: 0.0201 },
  { x: -0.7453, y: 0.1127 },
  { x: -0.1011, y: 0.9563 },
  { x: -1.7687, y: 0.0017 },
] as const;

/** Moving pictures of ffmpeg's own sources, no two alike: fractals, colours that flow, cells that live, cards; `seed` picks and turns. */
const picture = (seed: number, canvas: Canvas, seconds: number): string => {
  const size = `size=${canvas.width}x${canvas.height}:rate=16`;
  const share = (step: number): string => ((seed * step) % 1).toFixed(4);
  const zoom = (2 + ((seed * 0.3247) % 1)).toFixed(3);
  // The whole set looks the same from wherever one begins: other shores, nearer or farther, turned.
  const at = shores[seed % shores.length] ?? shores[0];
  const sources = [
    `mandelbrot=${size}:start_x=${at.x}:start_y=${at.y}:start_scale=${(0.9 / (1 + (seed % 11))).toFixed(3)},rotate=${share(0.618)}*6.28:ow=iw:oh=ih`,
    `gradients=${size}:speed=0.02:seed=${seed}:nb_colors=${3 + (seed % 5)}:x0=${(seed * 37) % canvas.width}:y0=${(seed * 91) % canvas.height}`,
    `life=size=${canvas.width / 8}x${canvas.height / 8}:rate=16:seed=${seed}:mold=10:life_color=#C83232:death_color=#00${10 + (seed % 80)}FF,scale=${canvas.width}:${canvas.height}:flags=bicubic`,
    // There is but one card: a part of it each time, or two films would hold the same picture.
    `testsrc2=${size},rotate=${share(0.618)}*6.28:ow=iw:oh=ih,crop=iw/${zoom}:ih/${zoom}:(iw-ow)*${share(0.7549)}:(ih-oh)*${share(0.5698)},scale=${canvas.width}:${canvas.height},setsar=1`,
    `cellauto=size=${canvas.width / 4}x${canvas.height / 4}:rate=16:rule=${[30, 90, 110, 150][seed % 4]}:seed=${seed}:scroll=1,scale=${canvas.width}:${canvas.height}:flags=bicubic,gblur=3`,
  ];
  return `${sources[seed % sources.length]},format=yuv420p,hue=h=${(seed * 47) % 360}:s=${(0.5 + ((seed * 13) % 10) / 10).toFixed(2)},trim=duration=${seconds},setpts=PTS-STARTPTS,fps=16`;
};

/**
 * A film as a camera and a cutter might have left it: two or three shots, grain over all of it, soft corners. lavfi source for
 * `-filter_complex`, 16 frames a second.
 */
export const buildFilmedGraph = (seed: number, canvas: Canvas, seconds: number): string => {
  const shots = 2 + (seed % 2);
  const lengths = Array.from({ length: shots }, () => seconds / shots);
  const parts = lengths.map((length, index) => `${picture(seed * 3 + index, canvas, length)}[shot${index}]`);
  const joined = lengths.map((_, index) => `[shot${index}]`).join('');
  const grain = 4 + (seed % 8);
  return `${parts.join(';')};${joined}concat=n=${shots}:v=1:a=0,noise=alls=${grain}:allf=t:all_seed=${seed},vignette=PI/6,format=yuv420p[film]`;
};

/** Writes such a film losslessly small: what an unmarked original is. */
export const makeFilmedFilm = (
  tools: MediaTools,
  options: { path: string; seed: number; canvas: Canvas; seconds: number },
): Promise<unknown> =>
  runProcess({
    command: tools.ffmpegPath,
    args: [
      ...['-v', 'error', '-nostdin', '-y', '-filter_complex', buildFilmedGraph(options.seed, options.canvas, options.seconds)],
      ...[
        '-map',
        '[film]',
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-crf',
        '14',
        '-bf',
        '0',
        '-g',
        '16',
        '-r',
        '16',
        options.path,
      ],
    ],
    signal: new AbortController().signal,
    timeoutMs: 300_000,
  });
