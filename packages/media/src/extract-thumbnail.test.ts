import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { never, rejection, rgbOf, run, tools, useScratch } from '../test/helpers.ts';
import { buildThumbnailArgs, extractThumbnail, isWorthShowing, measureLuma } from './extract-thumbnail.ts';
import { makeAudio } from './fixtures.ts';
import { readImageHeader } from './image-header.ts';

const path = useScratch();

/** A film of lavfi sources, one after the other, 25 frames a second, 96x64. */
const makeFilm = async (name: string, parts: readonly [source: string, seconds: number][]): Promise<string> => {
  const inputs = parts.flatMap(([source, seconds]) => [
    '-f',
    'lavfi',
    '-t',
    String(seconds),
    '-i',
    `${source}:size=96x64:rate=25`,
  ]);
  const joined = `${parts.map((_part, index) => `[${index}:v]format=yuv420p,setsar=1[v${index}];`).join('')}${parts.map((_part, index) => `[v${index}]`).join('')}concat=n=${parts.length}`;
  await run(tools.ffmpegPath, [
    '-v',
    'error',
    '-y',
    ...inputs,
    '-filter_complex',
    joined,
    '-c:v',
    'libx264',
    '-g',
    '25',
    path(name),
  ]);
  return path(name);
};
const thumbnailOf = async (film: string): Promise<Buffer> => {
  await extractThumbnail(tools, { input: film, output: path('thumbnail.jpg'), signal: never() });
  return rgbOf(path('thumbnail.jpg'));
};
/** Position of the film's frame that the thumbnail shows. */
const shownFrame = async (film: string): Promise<number> => {
  const grey = (file: string) =>
    run(tools.ffmpegPath, ['-v', 'error', '-i', file, '-vf', 'scale=out_range=pc,format=gray', '-f', 'rawvideo', '-']);
  await thumbnailOf(film);
  const [still, all] = [await grey(path('thumbnail.jpg')), await grey(film)];
  const distances = Array.from({ length: all.length / still.length }, (_value, index) =>
    still.reduce((sum, value, at) => sum + Math.abs(value - (all[index * still.length + at] ?? 0)), 0),
  );
  return distances.indexOf(Math.min(...distances));
};

it('is this command line, literally', () => {
  expect(buildThumbnailArgs({ kind: 'mp4', input: 'in', output: 'out', pick: { scan: 'dense', index: 7 } }).join(' ')).toBe(
    '-t 20 -protocol_whitelist file,pipe -format_whitelist mov,mp4,m4a,3gp,3g2,mj2 -f mov -max_streams 32 -max_pixels 50000000 -threads 2 -i in -map 0:v:0 ' +
      '-vf select=eq(n\\,7),scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p -frames:v 1 -c:v mjpeg -q:v 3 -map_metadata -1 ' +
      '-fflags +bitexact -flags:v +bitexact -f image2 -update 1 out',
  );
});

describe('isWorthShowing', () => {
  it('is false for black, near black, grey, and white, and true for a few lit windows in the night', () => {
    const frame = (fill: number) => new Uint8Array(2304).fill(fill);
    for (const fill of [0, 20, 128, 255]) expect(isWorthShowing(measureLuma(frame(fill)))).toBe(false);
    expect(isWorthShowing(measureLuma(frame(10).fill(200, 0, 100)))).toBe(true);
    expect(isWorthShowing(measureLuma(frame(10).fill(200, 0, 20)))).toBe(false);
  });
});

describe('extractThumbnail', () => {
  it('shows the first frame when that is a picture, at the size of the film, as a JPEG', async () => {
    const film = await makeFilm('plain.mp4', [['testsrc2=alpha=255', 1]]);
    expect(await shownFrame(film)).toBe(0);
    expect(await readImageHeader(path('thumbnail.jpg'))).toMatchObject({ kind: 'jpeg', width: 96, height: 64 });
  });

  it.each([
    ['black', 'color=c=black'],
    ['white', 'color=c=white'],
    ['one colour', 'color=c=orange'],
  ])('leaves out a start that is %s', async (_title, source) => {
    const film = await makeFilm('late.mp4', [
      [source, 0.6],
      ['testsrc2=alpha=255', 1],
    ]);
    expect(await shownFrame(film)).toBe(15);
  });

  it('looks at key frames behind the first twenty seconds', async () => {
    const film = await makeFilm('very-late.mp4', [
      ['color=c=black', 22],
      ['testsrc2=alpha=255', 3],
    ]);
    expect(await shownFrame(film)).toBe(22 * 25);
  });

  it('shows the least blank frame when all are blank', async () => {
    const film = await makeFilm('blank.mp4', [
      ['color=c=black', 1],
      ['color=c=gray', 0.2],
      ['color=c=black', 1],
    ]);
    const faint = ['-vf', "drawbox=x=0:y=0:w=20:h=20:c=0x2a2a2a:t=fill:enable='eq(n,40)'", '-c:v', 'libx264', '-qp', '1'];
    await run(tools.ffmpegPath, ['-v', 'error', '-y', '-i', film, ...faint, path('faint.mp4')]);
    expect(await shownFrame(path('faint.mp4'))).toBe(40);
  });

  it('keeps the colours of the film', async () => {
    const film = await makeFilm('colour.mp4', [['rgbtestsrc=complement=0', 1]]);
    const rgb = await thumbnailOf(film);
    const at = (y: number) => [...rgb.subarray((y * 96 + 92) * 3, (y * 96 + 92) * 3 + 3)];
    for (const [y, channel] of [
      [10, 0],
      [32, 1],
      [54, 2],
    ] as const) {
      const pixel = at(y);
      expect(pixel[channel]).toBeGreaterThan(225);
      expect(pixel.filter((value, index) => index !== channel && value > 40)).toEqual([]);
    }
  });

  it('names a film without pictures, and stops on abort', async () => {
    const sound = await makeAudio(tools, { path: path('sound.mp4'), kind: 'mp4', seconds: 1 });
    const work = (signal: AbortSignal) => extractThumbnail(tools, { input: sound, output: path('none.jpg'), signal });
    expect(await rejection(work(never()))).toMatchObject({ name: 'StepError' });
    expect(await rejection(work(AbortSignal.abort()))).toMatchObject({ code: 'aborted' });
    await expect(readFile(path('none.jpg'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
