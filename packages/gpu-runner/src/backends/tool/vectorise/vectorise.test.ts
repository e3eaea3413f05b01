import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { childProcesses } from '../../../conformance/film-facts.ts';
import { createToolRunner } from '../index.ts';

const { resolve } = createRequire(import.meta.url);
const photo = resolve('@polyreel/testkit/fixtures/landscape.jpg');
const runner = createToolRunner({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyreel-vectorise-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const trace = (image: string, detailRatio: number, signal: AbortSignal = AbortSignal.timeout(120_000)) =>
  runner.run(
    { type: 'vectorise', model: 'vectoriser', detailRatio },
    { inputs: { image }, scratchDir: folder, signal, onProgress: () => undefined },
  );

/** Mean distance of two pictures, 0..255 a channel, on white. */
const distance = async (a: string, b: string): Promise<number> => {
  const [first, second] = await Promise.all(
    [a, b].map(async (file) =>
      sharp(await readFile(file))
        .flatten({ background: '#fff' })
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  if (first === undefined || second === undefined || first.length !== second.length) throw new Error('sizes differ');
  return first.reduce((sum, value, at) => sum + Math.abs(value - (second[at] ?? 0)), 0) / first.length;
};

test('a traced photo has its size and looks like it, the more the finer it is traced', async () => {
  const few = await trace(photo, 0);
  expect(few.mediaType).toBe('image/svg+xml');
  const coarse = await distance(photo, few.path);
  const coarseShapes = (await readFile(few.path, 'utf8')).split('<path').length;
  const all = await trace(photo, 1);
  const fine = await distance(photo, all.path);
  const { width, height, format } = await sharp(await readFile(all.path)).metadata();
  expect({ width, height, format }).toEqual({ width: 640, height: 427, format: 'svg' });
  expect(coarse).toBeLessThan(14);
  expect(fine).toBeLessThan(6);
  expect(fine).toBeLessThan(coarse * 0.6);
  expect((await readFile(all.path, 'utf8')).split('<path').length).toBeGreaterThan(coarseShapes * 2);
});

test('a flat drawing comes back all but unchanged, its transparent ground transparent', async () => {
  const drawing = join(folder, 'drawing.png');
  const shapes =
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle cx="90" cy="100" r="70" fill="#c03030"/>' +
    '<rect x="170" y="40" width="100" height="120" fill="#2050b0"/></svg>';
  await sharp(Buffer.from(shapes)).png().toFile(drawing);
  const { path } = await trace(drawing, 1);
  expect(await distance(drawing, path)).toBeLessThan(2);
  const corner = await sharp(path).ensureAlpha().extract({ left: 1, top: 1, width: 8, height: 8 }).raw().toBuffer();
  expect(Math.max(...corner.filter((_, at) => at % 4 === 3))).toBeLessThan(20);
  const svg = await readFile(path, 'utf8');
  expect(svg).not.toMatch(/<(script|image|foreignObject)|href|onload/);
});

test('the same picture gives the same drawing', async () => {
  const once = await readFile((await trace(photo, 0.3)).path, 'utf8');
  expect(await readFile((await trace(photo, 0.3)).path, 'utf8')).toBe(once);
});

test('a picture above four megapixels is traced smaller, shown at its size, and says so', async () => {
  const large = join(folder, 'large.png');
  await sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#406080' } })
    .png()
    .toFile(large);
  const { path, warnings } = await trace(large, 0.5);
  expect(warnings).toEqual([{ code: 'traced_smaller', details: { megapixels: '4' } }]);
  const { width, height } = await sharp(path).metadata();
  expect({ width, height }).toEqual({ width: 3000, height: 2000 });
});

test('a file that is no picture is refused for good, and nothing is left', async () => {
  const text = join(folder, 'text.png');
  await writeFile(text, 'not a picture');
  await expect(trace(text, 0.5)).rejects.toMatchObject({ code: 'vectorise_failed', permanent: true });
});

test('an abort ends the tracing process', async () => {
  const stop = new AbortController();
  const running = trace(photo, 1, stop.signal);
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
  expect(await childProcesses()).toEqual([]);
});
