import { createHash } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { amplitudeOf, detailOf, planFilm } from './plan-film.ts';
import { openFilm, plainPrompts, sampleOf, type TextToVideo, textToVideoTask } from './test-kit.ts';
import { sceneKinds } from './words.ts';

const small = { width: 128, height: 72 };
const hash = (frame: Uint8Array): string => createHash('sha256').update(frame).digest('hex');
const frameOf = async (task: Partial<TextToVideo>, index = 20): Promise<Uint8Array> =>
  (await openFilm(textToVideoTask({ canvas: small, ...task }))).frame(index);
const hashOf = async (task: Partial<TextToVideo>): Promise<string> => hash(await frameOf(task));

describe('planFilm: equal frames', () => {
  it('draws these very frames on every machine', async () => {
    const hashes: Record<string, string> = {};
    for (const kind of sceneKinds) hashes[kind] = (await hashOf({ prompt: plainPrompts[kind], seed: 42 })).slice(0, 16);
    expect(hashes).toMatchSnapshot();
  });

  it('draws a film again, and no frame of it depends on the frame drawn before', async () => {
    const film = await openFilm(textToVideoTask({ canvas: small, prompt: 'rain on a city street' }));
    const first = hash(film.frame(9));
    film.frame(50);
    expect(hash(film.frame(9))).toBe(first);
  });

  it.each([
    ['a city, rain', 'rain', 'a city'],
    ['mountains, -clouds', '', 'mountains, -cloud'],
    ['the sea, storm', 'stormy weather', 'the sea'],
    ['a forest in fog', 'fog', 'a forest'],
    ['the sea, pan left', 'pan', 'the sea'],
  ])('draws "%s" without "%s" as "%s"', async (prompt, negativePrompt, plain) => {
    expect(await hashOf({ prompt, negativePrompt })).toBe(await hashOf({ prompt: plain }));
  });

  it('changes the film when something seen is ruled out', async () => {
    expect(await hashOf({ prompt: 'mountains', negativePrompt: 'clouds' })).not.toBe(await hashOf({ prompt: 'mountains' }));
    expect(await hashOf({ prompt: 'snow', negativePrompt: 'trees' })).not.toBe(await hashOf({ prompt: 'snow' }));
  });
});

describe('planFilm: seeds', () => {
  it.each(sceneKinds)('composes %s anew for another seed, with the same moves', async (kind) => {
    const hashes = await Promise.all([1, 2, 3].map((seed) => hashOf({ prompt: plainPrompts[kind], seed })));
    expect(new Set(hashes).size).toBe(3);
    const headings = [1, 2].map((seed) => planFilm(textToVideoTask({ prompt: `${plainPrompts[kind]}, pan left`, seed })));
    const [one, two] = headings.map((orderAt) => [0, 40, 79].map((index) => orderAt(index).uniforms[13]));
    expect(one).toEqual(two);
  });

  it('tells films of unknown prompts apart, whatever the seed', async () => {
    const prompts = ['quantum happiness', 'gentle melancholy', 'justice', 'tomorrow'];
    expect(new Set(await Promise.all(prompts.map((prompt) => hashOf({ prompt })))).size).toBe(4);
  });

  it('takes every seed', async () => {
    for (const seed of [0, 1, 2 ** 31, 2 ** 32 - 1]) await expect(frameOf({ prompt: 'the sea', seed })).resolves.toBeDefined();
  });
});

describe('planFilm: asked colours', () => {
  /** Mean of U and V, 128 being grey. */
  const chroma = (frame: Uint8Array): { u: number; v: number } => {
    const pixels = small.width * small.height;
    const mean = (from: number) => frame.subarray(from, from + pixels / 4).reduce((sum, value) => sum + value, 0) / (pixels / 4);
    return { u: mean(pixels), v: mean(pixels + pixels / 4) };
  };

  it.each(['abstract flow', 'quantum happiness', 'a studio', 'a nebula', 'a fire', 'an aurora'])(
    'paints "%s" red or blue as asked',
    async (prompt) => {
      const red = chroma(await frameOf({ prompt: `red ${prompt}` }));
      const blue = chroma(await frameOf({ prompt: `blue ${prompt}` }));
      expect(red.v - blue.v).toBeGreaterThan(2);
      expect(blue.u - red.u).toBeGreaterThan(2);
    },
  );

  it('takes the colour out of a monochrome film', async () => {
    const { u, v } = chroma(await frameOf({ prompt: 'a forest, black and white' }));
    expect(Math.abs(u - 128) + Math.abs(v - 128)).toBeLessThan(1);
  });
});

describe('planFilm: sampler steps', () => {
  const canvas = { width: 416, height: 240 };
  /** Mean square of the difference from the mean of the four neighbours. */
  const fineness = (luma: Uint8Array): number => {
    const { width, height } = canvas;
    const at = (x: number, y: number): number => luma[y * width + x] ?? 0;
    let sum = 0;
    for (let y = 1; y < height - 1; y += 1) {
      for (let x = 1; x < width - 1; x += 1) {
        sum += (at(x, y) - (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1)) / 4) ** 2;
      }
    }
    return sum / (width * height);
  };

  const count = Math.min(sceneKinds.length, Math.max(5, Math.round(sceneKinds.length * inject('testScale'))));
  it.each(sampleOf(sceneKinds, count))('bring out finer detail in %s, never less', async (kind) => {
    const energies: number[] = [];
    for (const samplerSteps of [5, 15, 30]) {
      const film = await openFilm(textToVideoTask({ canvas, prompt: plainPrompts[kind], samplerSteps }));
      energies.push(fineness(film.luma(20)));
    }
    expect(energies).toEqual(energies.toSorted((a, b) => a - b));
    expect(energies[2]).toBeGreaterThan(energies[0] ?? 0);
  });

  it('and guidance rise without a step back, and default to the usual', () => {
    const steps = Array.from({ length: 60 }, (_, index) => detailOf(index + 1));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(detailOf(undefined)).toBe(detailOf(30));
    const amplitudes = Array.from({ length: 40 }, (_, index) => amplitudeOf(index / 2));
    expect(amplitudes).toEqual(amplitudes.toSorted((a, b) => a - b));
    expect(amplitudeOf(undefined)).toBe(amplitudeOf(7.5));
    expect(amplitudeOf(100)).toBeLessThan(2);
  });
});
