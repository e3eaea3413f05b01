import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaled } from '../../test/helpers.ts';
import { buildScene } from './build-scene.ts';
import { fromDecimal, toNumber } from './fraction.ts';
import { exactFrameRate } from './output-plan.ts';
import { assumedFacts } from './source-facts.ts';
import { totalFrames } from './times.ts';
import { validateTimeline } from './validate.ts';

const shape = { type: 'shape', shape: 'rectangle', rectangle: { width: 10, height: 10 } };
const image = { type: 'image', src: 'https://example.com/a.png' };
const video = { type: 'video', src: 'https://example.com/a.mp4' };

const build = (tracks: readonly (readonly object[])[], fps = 25, timeline: object = {}) => {
  const edit = {
    timeline: { tracks: tracks.map((clips) => ({ clips })), ...timeline },
    output: { format: 'mp4', resolution: 'preview', fps },
  };
  const { document, errors } = validateTimeline(edit);
  expect(errors).toEqual([]);
  const built = document === null ? null : buildScene(document, assumedFacts);
  if (built === null) throw new Error('the scene was not built');
  return built;
};
const timesOf = (tracks: readonly (readonly object[])[], timeline: object = {}) =>
  [...build(tracks, 25, timeline).timeline.clipTimes.values()].map(({ start, length }) => [start, length]);
const faultsOf = (...clips: object[]) =>
  validateTimeline({ timeline: { tracks: [{ clips }] }, output: { format: 'mp4', resolution: 'sd' } }).errors;

describe('times', () => {
  test('clips that are not there, and those of hidden tracks, do not lengthen the film; others may still take their times', () => {
    const tracks = [
      { hidden: true, clips: [{ asset: video }, { asset: shape, length: 60, alias: 'late' }] },
      {
        clips: [
          { asset: video, hidden: true, alias: 'gone' },
          { asset: shape, start: 1, length: 'alias://gone' },
        ],
      },
      { clips: [{ asset: shape, start: 'alias://late', length: 1 }] },
    ];
    const built = build([], 25, { tracks });
    expect([...built.timeline.clipTimes]).toEqual([
      ['timeline.tracks[1].clips[1]', { start: 1, length: 10 }],
      ['timeline.tracks[2].clips[0]', { start: 10, length: 1 }],
    ]);
    expect(built.scene.frameCount).toBe(11 * 25);
  });

  test('auto starts follow the clip before; auto lengths are the rest of the media at its speed, or 3 s', () => {
    const clips = [{ asset: { ...video, trim: 2, speed: 2 } }, { asset: image }, { asset: shape, start: 'auto', length: 1 }];
    expect(timesOf([clips])).toEqual([
      [0, 4],
      [4, 3],
      [7, 1],
    ]);
  });

  test('an end clip reaches the end but not beyond its own media, unless it loops', () => {
    const picture = { asset: image, start: 0, length: 14 };
    const sound = { type: 'audio', src: 'https://example.com/a.mp3' };
    expect(timesOf([[picture], [{ asset: sound, start: 1, length: 'end' }]])[1]).toEqual([1, 10]);
    expect(timesOf([[picture], [{ asset: { ...sound, loop: true }, start: 1, length: 'end' }]])[1]).toEqual([1, 13]);
    expect(timesOf([[picture], [{ asset: image, start: 4, length: 'end' }]])[1]).toEqual([4, 10]);
  });

  test('an end clip, and what hangs on it, does not decide the total unless it is alone', () => {
    const built = build([
      [{ asset: image, start: 0, length: 5 }],
      [
        { asset: shape, start: 0, length: 'end' },
        { asset: shape, length: 2 },
      ],
    ]);
    expect(toNumber(built.timeline.total)).toBe(5);
    expect(toNumber(build([[{ asset: video, start: 0, length: 'end' }]]).timeline.total)).toBe(10);
  });

  test('aliases copy start or length; a crossfade pulls the next clip back', () => {
    const clips = [
      { asset: image, start: 1.5, length: 2, alias: 'a' },
      { asset: image, start: 'alias://a', length: 'alias://a' },
      { asset: image, crossfade: 0.5, length: 1 },
    ];
    expect(timesOf([clips])).toEqual([
      [1.5, 2],
      [1.5, 2],
      [3, 1],
    ]);
  });

  test('a ring of aliases, an unknown and a second one are told with the place', () => {
    const ring = faultsOf(
      { asset: image, start: 'alias://b', length: 1, alias: 'a' },
      { asset: image, start: 'alias://a', length: 1, alias: 'b' },
    );
    expect(ring).toMatchObject([{ code: 'alias_cycle', path: 'timeline.tracks[0].clips[0].start' }]);
    expect(ring[0]?.message).toContain('clips[1].start -> timeline.tracks[0].clips[0].start');
    const auto = faultsOf(
      { asset: image, start: 'alias://b', length: 1 },
      { asset: image, start: 'auto', length: 1, alias: 'b' },
    );
    expect(auto).toMatchObject([{ code: 'alias_cycle' }]);
    expect(faultsOf({ asset: image, start: 0, length: 'alias://x' })).toMatchObject([
      { code: 'unknown_alias', path: 'timeline.tracks[0].clips[0].length' },
    ]);
    const twice = { asset: image, start: 0, length: 1, alias: 'a' };
    expect(faultsOf(twice, twice)).toMatchObject([{ code: 'duplicate_alias', path: 'timeline.tracks[0].clips[1].alias' }]);
  });

  test('a timeline with a duration is that long; an empty one a second', () => {
    expect(build([[{ asset: image, start: 0, length: 9 }]], 25, { duration: 4.2 }).scene.frameCount).toBe(105);
    expect(build([]).scene.frameCount).toBe(25);
  });

  const fps = fc.constantFrom(12, 15, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 7.5, 119.88, 1);
  const length = fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 60 })).map((ms) => ms / 1000);

  test('clips back to back share no frame and leave none out, and the count is the rule of the language', () => {
    fc.assert(
      fc.property(
        fc.array(length, { minLength: 1, maxLength: 30 }),
        fps,
        fc.integer({ min: 0, max: 3000 }),
        (lengths, rate, first) => {
          const clips = lengths.map((seconds, index) => ({
            asset: shape,
            length: seconds,
            ...(index === 0 ? { start: first / 1000 } : {}),
          }));
          const { scene } = build([clips], rate);
          const frameRate = exactFrameRate(rate);
          const total = lengths.reduce((sum, seconds) => sum + Math.round(seconds * 1000), first) / 1000;
          expect(scene.frameCount).toBe(totalFrames(fromDecimal(total), frameRate));
          let next = scene.layers[0]?.frames.from ?? scene.frameCount;
          // The first frame at or after the start, in integers: n * 1000 * denominator >= first * numerator.
          if (scene.layers.length > 0 && scene.layers[0]?.path.endsWith('clips[0]')) {
            expect(next).toBe(Math.ceil((first * frameRate.numerator) / (1000 * frameRate.denominator)));
          }
          for (const { frames } of scene.layers) {
            expect(frames.from).toBe(next);
            expect(frames.to).toBeGreaterThan(frames.from);
            next = frames.to;
          }
          if (scene.layers.length > 0) expect(next).toBe(scene.frameCount);
        },
      ),
      { numRuns: scaled(1000) },
    );
  });
});
