import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultPolicy } from '@polyreel/core/safety';
import { afterAll, describe, expect, it } from 'vitest';
import { createImageClassifier, createImageStage, findingsOfScores } from './image-stage.ts';

const require = createRequire(import.meta.url);
const portrait = require.resolve('@polyreel/testkit/fixtures/portrait.jpg');
const landscape = require.resolve('@polyreel/testkit/fixtures/landscape.jpg');
const signal = AbortSignal.timeout(200_000);

describe('the model', () => {
  const classifier = createImageClassifier();
  afterAll(() => classifier.close());

  it('finds nothing in a portrait and a landscape, and the loop lives meanwhile', { timeout: 200_000 }, async () => {
    const stage = createImageStage(classifier);
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 5);
    for (const picture of [portrait, landscape])
      expect(await stage.judgePicture(picture, { policy: defaultPolicy, signal })).toEqual([]);
    clearInterval(count);
    expect(turns).toBeGreaterThan(10);
    const scores = await classifier.classify(portrait, signal);
    expect(Object.values(scores).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
  });

  it('says so when a file is no picture, and goes on', { timeout: 200_000 }, async () => {
    await expect(classifier.classify(import.meta.filename, signal)).rejects.toThrow();
    expect((await classifier.classify(portrait, signal)).Neutral).toBeGreaterThan(0.5);
  });
});

it('calls explicit what the model is sure of, and suggestive what it is not', () => {
  const scores = { Drawing: 0, Hentai: 0, Neutral: 0, Porn: 0, Sexy: 0 };
  expect(findingsOfScores({ ...scores, Porn: 0.98, Neutral: 0.02 })).toEqual([{ category: 'sexual', severity: 'high' }]);
  expect(findingsOfScores({ ...scores, Porn: 0.5, Hentai: 0.4, Neutral: 0.1 })).toEqual([
    { category: 'sexual', severity: 'medium' },
  ]);
  expect(findingsOfScores({ ...scores, Porn: 0.5, Sexy: 0.4, Neutral: 0.1 })).toEqual([{ category: 'sexual', severity: 'low' }]);
  expect(findingsOfScores({ ...scores, Neutral: 0.6, Sexy: 0.4 })).toEqual([]);
});

describe('a process that is out of order', () => {
  const entry = fileURLToPath(new URL('../../test/lying-classifier.ts', import.meta.url));
  const classifier = createImageClassifier(entry);
  afterAll(() => classifier.close());

  it.each([
    ['crashes', path.join('/', 'crash.png'), 'ended with 3'],
    ['lies', path.join('/', 'lie.png'), 'something else than scores'],
  ])(
    'and %s fails its question; the next one is asked of another process',
    { timeout: 120_000 },
    async (_what, picture, text) => {
      await expect(classifier.classify(picture, signal)).rejects.toThrow(text);
      expect((await classifier.classify('/good.png', signal)).Neutral).toBe(1);
    },
  );

  it('and hangs is ended with its question', { timeout: 120_000 }, async () => {
    await expect(classifier.classify('/hang.png', AbortSignal.timeout(300))).rejects.toThrow('stopped');
    expect((await classifier.classify('/good.png', signal)).Neutral).toBe(1);
  });
});
