import { describe, expect, test } from 'vitest';
import { buildScene } from './build-scene.ts';
import type { Layer, Scene } from './scene-graph.ts';
import { assumedFacts, type SourceFacts } from './source-facts.ts';
import { validateTimeline } from './validate.ts';

const image = { type: 'image', src: 'https://example.com/a.png' };

const sceneOf = (
  clips: readonly object[],
  options: { media?: { width: number; height: number }; timeline?: object; edit?: object } = {},
): Scene => {
  const { document, errors } = validateTimeline({
    timeline: { tracks: [{ clips }], ...options.timeline },
    output: { format: 'mp4', size: { width: 400, height: 200 } },
    ...options.edit,
  });
  expect(errors).toEqual([]);
  const facts = (source: Parameters<typeof assumedFacts>[0]): SourceFacts => {
    const assumed = assumedFacts(source);
    const { scene } = assumed;
    return options.media !== undefined && (scene?.kind === 'image' || scene?.kind === 'video')
      ? { ...assumed, scene: { ...scene, ...options.media } }
      : assumed;
  };
  const built = document === null ? null : buildScene(document, facts);
  if (built === null) throw new Error('not built');
  return built.scene;
};
const layerOf = (clip: object, media?: { width: number; height: number }): Layer => {
  const [layer] = sceneOf([{ asset: image, start: 0, length: 2, ...clip }], media === undefined ? {} : { media }).layers;
  if (layer === undefined) throw new Error('no layer');
  return layer;
};

describe('layout', () => {
  const wide = { width: 800, height: 200 };
  const tall = { width: 100, height: 200 };

  test('what was cropped off stays off: the picture is cut at its box, whatever the fit', () => {
    const crop = { top: 0.25, bottom: 0.25 };
    const layer = layerOf({ asset: { ...image, crop }, fit: 'none' }, { width: 100, height: 50 });
    expect(layer).toMatchObject({ box: { width: 100, height: 25 }, isCutAtBox: true });
  });

  test.each([
    [
      'crop',
      wide,
      { box: { width: 400, height: 200 }, contentRect: { x: -200, y: 0, width: 800, height: 200 }, isCutAtBox: true },
    ],
    ['crop', tall, { box: { width: 400, height: 200 }, contentRect: { x: 0, y: -300, width: 400, height: 800 } }],
    ['contain', wide, { box: { width: 400, height: 100 }, contentRect: { x: 0, y: 0, width: 400, height: 100 } }],
    ['contain', tall, { box: { width: 100, height: 200 } }],
    ['cover', tall, { box: { width: 400, height: 200 }, contentRect: { x: 0, y: 0, width: 400, height: 200 } }],
    ['none', wide, { box: wide, isCutAtBox: false, anchor: { x: 400, y: 100 }, place: { x: 200, y: 100 } }],
    ['contain-blur', wide, { contentRect: { x: 0, y: 50, width: 400, height: 100 }, backdrop: { type: 'blur', sigma: 6 } }],
  ] as const)('%s of %o', (fit, media, expected) => {
    expect(layerOf({ fit }, media)).toMatchObject(expected);
  });

  test('crop takes shares off the source, focus says where it looks', () => {
    const cropped = layerOf(
      { asset: { ...image, crop: { left: 0.5, top: 0.25 }, focus: { x: 0, y: 0.5 } }, fit: 'crop' },
      { width: 800, height: 400 },
    );
    expect(cropped.content).toMatchObject({ crop: { x: 400, y: 100, width: 400, height: 300 } });
    const left = layerOf({ asset: { ...image, focus: { x: 0, y: 0.5 } } }, wide);
    expect(left.contentRect.x).toBe(0);
  });

  test('a corner stays a corner when scaled; offsets are shares of the frame, y upwards', () => {
    const layer = layerOf({ position: 'topRight', scale: 0.3, offset: { x: -0.05, y: 0.25 }, width: '50%', height: 100 });
    expect(layer).toMatchObject({
      box: { width: 200, height: 100 },
      anchor: { x: 200, y: 0 },
      place: { x: 400, y: 0 },
      scale: { x: 0.3, y: 0.3 },
    });
    expect(layer.offset).toEqual({ x: -20, y: -50 });
    expect(layerOf({ offset: { x: '40px', y: '-10px' } }).offset).toEqual({ x: 40, y: 10 });
  });

  test('the first track lies on top; in one track the later clip does', () => {
    const paint = (color: string, more: object = {}) => ({ asset: { type: 'color', color }, start: 0, length: 1, ...more });
    const scene = sceneOf([paint('#111111', { start: 0.5 }), paint('#222222')], {
      timeline: { tracks: [{ clips: [paint('#333333')] }, { clips: [paint('#111111', { start: 0.5 }), paint('#222222')] }] },
    });
    const colors = scene.layers.map(({ content }) =>
      content.type === 'paint' && content.paint.type === 'color' ? content.paint.color : '',
    );
    expect(colors).toEqual(['#222222ff', '#111111ff', '#333333ff']);
  });

  test('scaleTo lays out in the resolution and writes at another size', () => {
    const scene = sceneOf([], { edit: { output: { format: 'mp4', resolution: 'hd', scaleTo: 'preview' } } });
    expect([scene.canvas, scene.output]).toEqual([
      { width: 1280, height: 720 },
      { width: 512, height: 288 },
    ]);
  });
});

test('a clip that begins when the film is over is told, but not where the times hang on a source', () => {
  const remarks = (first: object): unknown[] => {
    const clips = [{ asset: image, start: 0, length: 1, ...first }, { asset: image }];
    const edit = { timeline: { tracks: [{ clips }], duration: 5 }, output: { format: 'mp4', resolution: 'sd' } };
    return validateTimeline(edit).warnings.map(({ path, code }) => [path, code]);
  };
  expect(remarks({ length: 6 })).toContainEqual(['timeline.tracks[0].clips[1]', 'outside_range']);
  expect(remarks({ asset: { type: 'video', src: 'https://example.com/a.mp4' }, length: 'auto' })).toEqual([]);
});

test('remarks: what is allowed but hardly meant is said', () => {
  const rich = { type: 'rich-text', text: 'a' };
  const full = { type: 'color', color: '#000000' };
  const { warnings } = validateTimeline({
    timeline: {
      tracks: [
        { clips: [{ asset: full, start: 0, length: 9 }] },
        { clips: [{ asset: { type: 'caption', src: 'https://example.com/a.srt' }, start: 0, length: 2 }] },
        {
          clips: [
            { asset: rich, start: 0, length: 1 },
            { asset: image, start: 1, length: 1, fit: 'cover', width: 100, height: 100 },
          ],
        },
        {
          clips: [
            { asset: image, start: 0, length: 2, offset: { x: 2 } },
            { asset: image, start: 4, length: 1 },
            { asset: image, start: 4.5, length: 1 },
          ],
        },
        { clips: [{ asset: { type: 'color', color: 'reddish' }, start: 0, length: 1 }] },
      ],
    },
    output: { format: 'mp4', resolution: 'sd', range: { start: 0, length: 4.2 } },
  });
  const at = (track: number, clip: number): string => `timeline.tracks[${track}].clips[${clip}]`;
  expect(warnings.map(({ path, code }) => [path, code])).toEqual(
    expect.arrayContaining([
      [at(1, 0), 'captions_covered'],
      [at(2, 0), 'text_without_box'],
      [at(2, 1), 'stretched'],
      [at(3, 0), 'outside_frame'],
      [at(3, 2), 'outside_range'],
      [at(3, 2), 'clips_overlap'],
      [`${at(4, 0)}.asset.color`, 'unreadable_color'],
    ]),
  );
  expect(warnings.length).toBe(7);
});

describe('movement', () => {
  test('tweens: from is what was before, easings are curves, a jump takes no time', () => {
    const { opacity } = layerOf({
      opacity: [
        { from: 0, to: 1, start: 0, length: 0.5, easing: 'easeInOutQuad' },
        { to: 0.2, start: 1, length: 0.5 },
      ],
    });
    expect(opacity).toEqual({
      pieces: [
        { fromSeconds: 0, toSeconds: 0.5, from: 0, to: 1, easing: { type: 'bezier', x1: 0.45, y1: 0, x2: 0.55, y2: 1 } },
        { fromSeconds: 1, toSeconds: 1.5, from: 1, to: 0.2, easing: { type: 'linear' } },
      ],
    });
  });

  test('effects become scale or a move inside the box; transitions are at most half of a clip that has two', () => {
    const line = { fromSeconds: 0, toSeconds: 2, easing: { type: 'linear' } };
    expect(layerOf({ effect: 'zoomInFast' }).scale.x).toEqual({ pieces: [{ ...line, from: 1, to: 1.6 }] });
    expect(layerOf({ effect: 'zoomOut', scale: 0.5 }).scale.x).toEqual({ pieces: [{ ...line, from: 0.65, to: 0.5 }] });
    expect(layerOf({ effect: 'slideLeftSlow' }).motion).toEqual({
      scale: 1.06,
      x: { pieces: [{ ...line, from: 0.03, to: -0.03 }] },
      y: 0,
    });
    const { transition } = layerOf({ transition: { in: 'fadeSlow', out: 'shuffleTopRightFast' } });
    expect(transition.in).toMatchObject({ type: 'fade', durationSeconds: 1 });
    expect(transition.out).toMatchObject({ type: 'shuffle', corner: 'top-right', from: 'up', durationSeconds: 0.5 });
    expect(layerOf({ transition: { in: 'zoom' } }).transition.in).toMatchObject({ type: 'zoom', durationSeconds: 0.5 });
    expect(layerOf({ transition: { in: { name: 'wipeLeft', duration: 0.2 } } }).transition.in).toMatchObject({
      towards: 'left',
      durationSeconds: 0.2,
    });
  });

  test('the engine’s keyframes and presets: linear, times the clip’s own, flips midway, degrees as tangents', () => {
    const native = (clip: object): Layer => {
      const scene = sceneOf([{ asset: image, start: 0, length: 4, position: 'center', ...clip }], {
        media: { width: 100, height: 50 },
        edit: { output: { format: 'mp4', width: 400, height: 200 } },
      });
      const [layer] = scene.layers;
      if (layer === undefined) throw new Error('no layer');
      return layer;
    };
    const line = { easing: { type: 'linear' } };
    const burned = native({
      transform: { preset: 'ken_burns', preset_config: { zoom_start: 1, zoom_end: 1.2, pan_distance: 50 } },
    });
    expect(burned.box).toEqual({ width: 100, height: 50 });
    expect(burned.scale.x).toEqual({ pieces: [{ ...line, fromSeconds: 0, toSeconds: 4, from: 1, to: 1.2 }] });
    expect(burned.offset.x).toMatchObject({ pieces: [{ from: 0, to: -50 }] });
    const keyed = native({
      scale: 0.5,
      offset: { x: 200, y: 100 },
      transform: {
        keyframes: [
          { time: 0, scale: 0.5, rotate: -10, opacity: 0, flip_x: false, skew_x: -45 },
          { time: 2, scale: 1, rotate: 0, opacity: 1, flip_x: true, skew_x: 45 },
        ],
      },
    });
    expect(keyed.scale.x).toEqual({ pieces: [{ ...line, fromSeconds: 0, toSeconds: 2, from: 0.25, to: 0.5 }] });
    expect(keyed.offset).toEqual({ x: 200, y: 100 });
    expect(keyed.rotate).toMatchObject({ pieces: [{ from: -10, to: 0 }] });
    expect(keyed.flip.x).toMatchObject({
      pieces: [
        { fromSeconds: 0, toSeconds: 1, from: 0 },
        { fromSeconds: 1, toSeconds: 2, from: 1 },
      ],
    });
    const [skew] = typeof keyed.skew.x === 'number' ? [] : keyed.skew.x.pieces;
    expect([skew?.from, skew?.to].map((value) => Math.round((value ?? 0) * 1e6) / 1e6)).toEqual([-1, 1]);
    expect(native({ transform: { preset: 'slide_in_left' } }).offset.x).toMatchObject({
      pieces: [{ toSeconds: 0.5, from: -400, to: 0 }],
    });
  });

  test('filters are numbers', () => {
    expect(layerOf({ filter: 'boost' }).filters).toEqual([
      { type: 'contrast', factor: 1.2 },
      { type: 'saturation', factor: 1.4 },
    ]);
    expect(layerOf({ filter: [{ name: 'blur', amount: 0.5 }, 'negative'] }).filters).toEqual([
      { type: 'blur', sigma: 1.5 },
      { type: 'negative', amount: 1 },
    ]);
  });

  test('lumas mask the clips of their track while they show, a mask its own clip', () => {
    const scene = sceneOf([
      { asset: { type: 'luma', src: 'https://example.com/l.mp4' }, start: 0, length: 1 },
      { asset: image, start: 0.5, length: 1 },
      { asset: image, start: 2, length: 1, mask: { src: 'https://example.com/m.png' } },
    ]);
    const at = 'timeline.tracks[0].clips';
    expect(scene.layers.map(({ path, mattes }) => [path, mattes])).toEqual([
      [`${at}[1]`, [`${at}[0]`]],
      [`${at}[2]`, [`${at}[2].mask`]],
    ]);
    expect(scene.mattes.map(({ id, space }) => [id, space])).toEqual([
      [`${at}[2].mask`, 'box'],
      [`${at}[0]`, 'frame'],
    ]);
  });
});

describe('text', () => {
  test('a rich text has every default of the language', () => {
    const { content } = layerOf({ asset: { type: 'rich-text', text: 'Hi\r\nyou' } });
    expect(content).toMatchObject({
      type: 'text',
      runs: [{ text: 'Hi\nyou' }],
      style: {
        font: { family: 'Open Sans', size: 24, weight: 400, isItalic: false, color: '#000000ff', background: null },
        ...{
          letterSpacing: 0,
          lineHeight: 1.2,
          decoration: 'none',
          gradient: null,
          stroke: null,
          shadow: null,
          background: null,
        },
        align: { horizontal: 'center', vertical: 'middle' },
      },
      animation: { in: null, out: null },
    });
  });

  test('a text that another clip speaks shares the length of that clip among its words', () => {
    const voice = { asset: { type: 'audio', src: 'https://example.com/voice.mp3', speed: 2 }, alias: 'voice', start: 0 };
    const caption = { type: 'rich-caption', src: 'alias://voice', text: 'one two' };
    const { layers } = sceneOf([voice, { asset: caption, start: 0, length: 'alias://voice' }]);
    const [content] = layers.map((layer) => layer.content);
    const words = content?.type === 'caption' ? content.cues.flatMap((cue) => cue.words) : [];
    expect(words.map(({ text }) => text)).toEqual(['one', 'two']);
    // Ten seconds at twice the speed.
    expect(words.at(-1)?.toSeconds).toBeCloseTo(5, 5);
    const { errors } = validateTimeline({
      timeline: { tracks: [{ clips: [{ asset: { ...caption, src: 'https://example.com/a.srt' }, start: 0, length: 1 }] }] },
      output: { format: 'mp4', size: { width: 400, height: 200 } },
    });
    expect(errors.map(({ path, code }) => [path, code])).toEqual([
      ['timeline.tracks[0].clips[0].asset.text', 'unsupported_asset'],
    ]);
  });

  test('captions come into the clock of their clip, in the look of the word being spoken', () => {
    const words = [
      { text: 'one', start: 1, end: 1.4 },
      { text: 'two.', start: 1.4, end: 2 },
      { text: 'three', start: 3, end: 4 },
    ];
    const { content } = layerOf({
      asset: { type: 'rich-caption', words, trim: 1, speed: 2, style: { textTransform: 'uppercase' } },
      width: 300,
      height: 80,
    });
    expect(content).toMatchObject({
      type: 'caption',
      cues: [
        {
          fromSeconds: 0,
          toSeconds: 0.5,
          words: [
            { text: 'ONE', fromSeconds: 0 },
            { text: 'TWO.', toSeconds: 0.5 },
          ],
        },
        { fromSeconds: 1, toSeconds: 1.5 },
      ],
      active: { font: { color: '#ffe600ff' } },
      animation: { style: 'highlight' },
    });
  });
});

test('the typical edit of the document, laid out (golden)', async () => {
  const { document, errors, frameCount } = validateTimeline({
    timeline: {
      background: '#101418',
      fonts: [{ src: 'https://example.com/fonts/Oswald-Bold.ttf' }],
      tracks: [
        {
          clips: [
            {
              asset: {
                ...{ type: 'rich-text', text: '{{ TITLE }}', font: { family: 'Oswald-Bold', size: 72, color: '#ffffff' } },
                animation: { preset: 'fadeIn', duration: 0.6 },
              },
              ...{
                start: 0.5,
                length: 3,
                width: 900,
                height: 200,
                position: 'bottom',
                offset: { y: 0.1 },
                transition: { out: 'fadeFast' },
              },
            },
          ],
        },
        {
          clips: [
            {
              asset: { type: 'image', src: 'https://example.com/a.jpg' },
              start: 0,
              length: 4,
              effect: 'zoomIn',
              transition: { out: 'fade' },
            },
            {
              asset: { type: 'video', src: 'https://example.com/b.mp4', trim: 2, volume: 0.5 },
              start: 'auto',
              length: 'auto',
              fit: 'crop',
            },
          ],
        },
        { clips: [{ asset: { type: 'audio', src: 'https://example.com/m.mp3', effect: 'fadeOut' }, start: 0, length: 'end' }] },
      ],
    },
    output: { format: 'mp4', resolution: 'hd', aspectRatio: '16:9' },
    merge: [{ find: 'TITLE', replace: 'Hello' }],
  });
  expect(errors).toEqual([]);
  expect(frameCount).toBeNull();
  const built = document === null ? null : buildScene(document, assumedFacts);
  expect(built?.warnings).toEqual([]);
  await expect(`${JSON.stringify(built?.scene, null, 2)}\n`).toMatchFileSnapshot('fixtures/typical-edit.json');
  const sound = built?.sound.map((item) => ({
    ...item,
    start: Number(item.start.n) / Number(item.start.d),
    length: Number(item.length.n) / Number(item.length.d),
  }));
  expect(sound).toMatchObject([
    { start: 4, length: 8, volume: 0.5 },
    { start: 0, length: 10, fadeOutSeconds: 1 },
  ]);
});
