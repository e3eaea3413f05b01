import { describe, expect, test } from 'vitest';
import type { VideoFacts } from '../probe.ts';
import { buildScene } from './build-scene.ts';
import { exact } from './fraction.ts';
import { planRoute } from './route.ts';
import { buildCopyList } from './short-cuts.ts';
import type { SourceFacts } from './source-facts.ts';
import { validateTimeline } from './validate.ts';

const ours: VideoFacts = {
  ...{
    codec: 'h264',
    profile: 'High',
    level: 30,
    width: 640,
    height: 360,
    frameRate: { numerator: 25, denominator: 1 },
    frameCount: 250,
  },
  ...{ pixelFormat: 'yuv420p', colorSpace: 'bt709', colorRange: 'tv', rotation: 0, hasBFrames: false, timeBase: '1/10000' },
  ...{ extradataHash: 'CRC32:1', durationSeconds: 10 },
};
const film: SourceFacts = {
  scene: {
    ...{ kind: 'video', width: 640, height: 360, rotation: 0, frameRate: ours.frameRate, durationSeconds: 10, hasAlpha: false },
    hasAudio: true,
  },
  ...{ length: exact(10n), hasAudio: true, cues: null },
};
const picture: SourceFacts = {
  scene: { kind: 'image', width: 1280, height: 720, animation: null },
  ...{ length: null, hasAudio: false, cues: null },
};

const video = { type: 'video', src: 'https://example.com/a.mp4' };
const image = { type: 'image', src: 'https://example.com/a.jpg' };

const routeOf = (
  clips: readonly object[],
  options: { output?: object; facts?: Partial<VideoFacts>; timeline?: object; above?: readonly object[] } = {},
) => {
  const { document, errors } = validateTimeline({
    timeline: { tracks: [...(options.above === undefined ? [] : [{ clips: options.above }]), { clips }], ...options.timeline },
    output: { format: 'mp4', size: { width: 640, height: 360 }, fps: 25, ...options.output },
  });
  expect(errors).toEqual([]);
  const built = document === null ? null : buildScene(document, ({ use }) => (use === 'image' ? picture : film));
  if (built === null) throw new Error('not built');
  return planRoute(built.scene, built.output, () => ({ video: { ...ours, ...options.facts }, isPlainStill: true }));
};

describe('the way a film is made', () => {
  test('copied: cuts of films of our own on their key frames, one after the other', () => {
    const clips = [
      { asset: { ...video, trim: 2 }, start: 0, length: 1.2 },
      { asset: { ...video, trim: 5 }, length: 3 },
    ];
    expect(routeOf(clips)).toMatchObject({
      route: 'copy',
      parts: [
        { fromFrame: 50, frameCount: 30 },
        { fromFrame: 125, frameCount: 75 },
      ],
    });
    // The range begins inside the first clip, off the key frames: then nothing can be copied.
    expect(routeOf(clips, { output: { range: { start: 0.4, length: 1 } } }).route).toBe('graph');
    expect(routeOf(clips, { output: { range: { start: 1, length: 3 } } })).toMatchObject({
      route: 'copy',
      parts: [
        { fromFrame: 75, frameCount: 5 },
        { fromFrame: 125, frameCount: 70 },
      ],
    });
  });

  test.each([
    ['off the key frames', [{ asset: { ...video, trim: 0.5 }, start: 0, length: 1 }], {}],
    ['at another speed', [{ asset: { ...video, speed: 2 }, start: 0, length: 1 }], {}],
    ['with B-frames', [{ asset: video, start: 0, length: 1 }], { facts: { hasBFrames: true } }],
    ['at another rate', [{ asset: video, start: 0, length: 1 }], { output: { fps: 30 } }],
    ['at another size', [{ asset: video, start: 0, length: 1 }], { output: { size: { width: 320, height: 180 } } }],
    ['at a quality that was asked for', [{ asset: video, start: 0, length: 1 }], { output: { quality: 'high' } }],
    ['into another codec', [{ asset: video, start: 0, length: 1 }], { output: { codec: 'h265' } }],
    [
      'with a still',
      [
        { asset: video, start: 0, length: 1 },
        { asset: image, length: 1 },
      ],
      {},
    ],
  ] as const)('one graph: films and stills that fill the frame, %s', (_, clips, options) => {
    expect(routeOf([...clips], options).route).toBe('graph');
  });

  const fadeIn = (length: number, more: object = {}) => ({ asset: image, length, crossfade: 1, ...more });

  test('one graph: clips that fade evenly into each other', () => {
    const plan = routeOf([{ asset: video, start: 0, length: 3 }, fadeIn(3), fadeIn(2), { asset: image, length: 1 }]);
    expect(plan).toMatchObject({
      route: 'graph',
      segments: [
        { frames: { from: 0, to: 75 }, fadeFrames: 0 },
        { frames: { from: 50, to: 125 }, fadeFrames: 25 },
        { frames: { from: 100, to: 150 }, fadeFrames: 25 },
        { frames: { from: 150, to: 175 }, fadeFrames: 0 },
      ],
    });
  });

  test.each([
    ['that begins between frames', [{ asset: video, start: 0, length: 2.99 }, fadeIn(3)], {}],
    ['that the range cuts', [{ asset: video, start: 0, length: 3 }, fadeIn(3)], { output: { range: { start: 2.4, length: 1 } } }],
    ['over another fade', [{ asset: video, start: 0, length: 2 }, fadeIn(1.2), fadeIn(2)], {}],
    ['that is over with its clip', [{ asset: video, start: 0, length: 2 }, fadeIn(1)], {}],
    ['over nothing', [{ asset: video, start: 0, length: 2, transition: { in: { name: 'fade', easing: 'linear' } } }], {}],
    [
      'that swings',
      [{ asset: video, start: 0, length: 2 }, fadeIn(2, { crossfade: 0, start: 1, transition: { in: 'fade' } })],
      {},
    ],
  ] as const)('drawn: a fade %s', (_, clips, options: Parameters<typeof routeOf>[1]) => {
    expect(routeOf([...clips], options).route).toBe('canvas');
  });

  test.each([
    [
      'a gap',
      [
        { asset: video, start: 0, length: 1 },
        { asset: video, start: 2, length: 1 },
      ],
      {},
    ],
    ['a film that ends before its clip', [{ asset: video, start: 0, length: 11 }], {}],
    ['an effect', [{ asset: image, start: 0, length: 1, effect: 'zoomIn' }], {}],
    ['a transition', [{ asset: image, start: 0, length: 1, transition: { in: 'fade' } }], {}],
    ['a filter', [{ asset: image, start: 0, length: 1, filter: 'boost' }], {}],
    ['a scale', [{ asset: image, start: 0, length: 1, scale: 0.9 }], {}],
    ['transparency', [{ asset: image, start: 0, length: 1, opacity: 0.9 }], {}],
    ['bars', [{ asset: image, start: 0, length: 1, fit: 'contain' }], { output: { size: { width: 360, height: 360 } } }],
    ['backwards', [{ asset: { ...video, reverse: true }, start: 0, length: 1 }], {}],
    [
      'text above',
      [{ asset: video, start: 0, length: 1 }],
      { above: [{ asset: { type: 'rich-text', text: 'a' }, start: 0.2, length: 0.2 }] },
    ],
    ['untagged colours', [{ asset: video, start: 0, length: 1 }], { facts: { colorSpace: null } }],
    ['a cut between pixels', [{ asset: video, start: 0, length: 1 }], { output: { size: { width: 250, height: 360 } } }],
    ['an animated format', [{ asset: video, start: 0, length: 1 }], { output: { format: 'gif' } }],
  ] as const)('drawn: %s', (_, clips, options: Parameters<typeof routeOf>[1]) => {
    expect(routeOf([...clips], options).route).toBe('canvas');
  });

  test('what is hidden below a full picture does not matter', () => {
    const above = [{ asset: { ...video, trim: 1 }, start: 0, length: 2 }];
    const below = [{ asset: { type: 'rich-text', text: 'never seen' }, start: 0, length: 2 }];
    expect(routeOf(below, { above })).toMatchObject({ route: 'copy', parts: [{ fromFrame: 25, frameCount: 50 }] });
  });
});

test('the list of a copy enters at key frames and leaves between two frames', () => {
  const part = { source: 'a', sourceFrames: 100 };
  const list = buildCopyList(
    [
      { ...part, name: 'part-0.mp4', fromFrame: 0, frameCount: 100 },
      { ...part, name: 'part-0.mp4', fromFrame: 25, frameCount: 10 },
    ],
    { numerator: 25, denominator: 1 },
  );
  expect(list).toBe('ffconcat version 1.0\nfile part-0.mp4\nfile part-0.mp4\ninpoint 1.010000\noutpoint 1.380000\n');
});
