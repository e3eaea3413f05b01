import { describe, expect, inject, it } from 'vitest';
import { openFilm, plainPrompts, textToVideoTask } from './test-kit.ts';
import { sceneKinds } from './words.ts';

const canvas = { width: 208, height: 120 };
const pixels = canvas.width * canvas.height;

/** Colour and edges of a frame, in three bands from top to bottom. Nothing else is known to the classifier. */
const describeFrame = (frame: Uint8Array): number[] => {
  const { width, height } = canvas;
  const features: number[] = [];
  for (let band = 0; band < 3; band += 1) {
    const sums = { y: 0, yy: 0, u: 0, v: 0, horizontal: 0, vertical: 0, count: 0 };
    for (let y = Math.max(1, (band * height) / 3); y < Math.min(height - 1, ((band + 1) * height) / 3); y += 1) {
      for (let x = 1; x < width - 1; x += 1) {
        const at = y * width + x;
        const luma = frame[at] ?? 0;
        const chromaAt = pixels + (y >> 1) * (width / 2) + (x >> 1);
        sums.y += luma;
        sums.yy += luma * luma;
        sums.u += frame[chromaAt] ?? 0;
        sums.v += frame[chromaAt + pixels / 4] ?? 0;
        sums.horizontal += Math.abs((frame[at + 1] ?? 0) - (frame[at - 1] ?? 0));
        sums.vertical += Math.abs((frame[at + width] ?? 0) - (frame[at - width] ?? 0));
        sums.count += 1;
      }
    }
    const mean = sums.y / sums.count;
    features.push(mean, Math.sqrt(Math.max(0, sums.yy / sums.count - mean * mean)));
    features.push((2 * sums.u) / sums.count, (2 * sums.v) / sums.count);
    features.push((4 * sums.horizontal) / sums.count, (4 * sums.vertical) / sums.count);
  }
  return features;
};

const meanOf = (rows: readonly number[][]): number[] =>
  (rows[0] ?? []).map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length);
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0);

describe('kinds of scene', () => {
  it('are told apart from frames alone: learned on half of the seeds, right on at least 80 % of the others', async () => {
    const seedCount = 2 * Math.max(5, Math.round(20 * inject('testScale')));
    const samples: { kind: string; seed: number; features: number[] }[] = [];
    for (const kind of sceneKinds) {
      for (let seed = 0; seed < seedCount; seed += 1) {
        const film = await openFilm(textToVideoTask({ canvas, prompt: plainPrompts[kind], seed: 1000 + seed * 17 }));
        samples.push({ kind, seed, features: describeFrame(film.frame(40)) });
      }
    }
    const centroids = sceneKinds.map((kind) => ({
      kind,
      features: meanOf(samples.filter((sample) => sample.kind === kind && sample.seed % 2 === 0).map(({ features }) => features)),
    }));
    const unseen = samples.filter((sample) => sample.seed % 2 === 1);
    const right = unseen.filter((sample) => {
      const nearest = centroids.toSorted(
        (a, b) => distance(a.features, sample.features) - distance(b.features, sample.features),
      )[0];
      return nearest?.kind === sample.kind;
    });
    expect(sceneKinds.length).toBeGreaterThanOrEqual(12);
    expect(unseen.length).toBeGreaterThanOrEqual(5 * sceneKinds.length);
    expect(right.length / unseen.length).toBeGreaterThanOrEqual(0.8);
  });
});
