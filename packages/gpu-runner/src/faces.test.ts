import { createRequire } from 'node:module';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFaceDetector } from './faces.ts';

const samples = path.join(path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');
const detector = createFaceDetector();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-faces-'));
});
afterAll(async () => {
  await detector.close();
  await rm(folder, { recursive: true, force: true });
});
const signal = AbortSignal.timeout(240_000);

test('finds the people of a photograph and takes them for adults', { timeout: 240_000 }, async () => {
  const faces = await detector.detect(path.join(samples, 'sample1.jpg'), signal);
  expect(faces.length).toBeGreaterThan(0);
  for (const { ageYears } of faces) expect(ageYears).toBeGreaterThan(18);
});

test('finds nobody in a picture without people', { timeout: 240_000 }, async () => {
  const picture = path.join(folder, 'gradient.png');
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="200" fill="#68a"/><rect y="200" width="640" height="160" fill="#264"/></svg>';
  await sharp(Buffer.from(svg)).png().toFile(picture);
  expect(await detector.detect(picture, signal)).toEqual([]);
});

test('stops when it is told to', { timeout: 240_000 }, async () => {
  const aborted = AbortSignal.abort();
  await expect(detector.detect(path.join(samples, 'sample1.jpg'), aborted)).rejects.toMatchObject({ code: 'aborted' });
});
