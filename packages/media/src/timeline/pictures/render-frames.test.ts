import { readFile, writeFile } from 'node:fs/promises';
import { StepError } from '@polyreel/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { meanDifference } from '../../../test/compare-pictures.ts';
import { makeExampleMedia } from '../../../test/example-media.ts';
import { rejection, scaled, tools, useScratch } from '../../../test/helpers.ts';
import { drawEdit } from '../../../test/render-example.ts';

const scratch = useScratch();
beforeAll(() => makeExampleMedia(tools, scratch('.')));

const media = (name: string): string => `https://media.example/${name}`;
const edit = (tracks: readonly unknown[], output: object = {}, timeline: object = {}): unknown => ({
  timeline: { background: '#000000', tracks: tracks.map((clips) => ({ clips })), ...timeline },
  output: { format: 'mp4', size: { width: 192, height: 108 }, fps: 10, ...output },
});
const draw = (what: unknown, options: { threads?: number; signal?: AbortSignal; onFrame?: (index: number) => void } = {}) =>
  drawEdit(tools, { edit: what, folder: scratch('.'), ...options });

test('draws the same frames with one thread and with three', async () => {
  const film = edit([
    [
      {
        asset: { type: 'image', src: media('photo.png') },
        start: 0,
        length: 2,
        effect: 'zoomInFast',
        transition: { in: 'wipeLeft' },
      },
    ],
    [{ asset: { type: 'video', src: media('counter.mp4') }, start: 0, length: 2 }],
  ]);
  const [one, three] = [await draw(film, { threads: 1 }), await draw(film, { threads: 3 })];
  expect(three.frames.length).toBe(20);
  expect(three.frames.map((frame, index) => meanDifference(frame, one.frames[index] ?? frame))).toEqual(new Array(20).fill(0));
});

test('starts a range with the frame that the whole film has there', async () => {
  const clips = [[{ asset: { type: 'video', src: media('counter.mp4'), trim: 0.2 }, start: 0.3, length: 1.5, opacity: 0.9 }]];
  const whole = await draw(edit(clips));
  const part = await draw(edit(clips, { range: { start: 0.7, length: 0.5 } }));
  expect(part.frames.length).toBe(5);
  expect(part.frames.map((frame) => frame[0])).toEqual(whole.frames.slice(7, 12).map((frame) => frame[0]));
});

/** How many pixels of a frame are lit, and between which edges: left, top, right, bottom. */
const litArea = (frame: Uint8Array | undefined): { count: number; edges: number[] } => {
  let count = 0;
  const edges = [192, 108, 0, 0];
  for (let at = 0; at < 192 * 108; at += 1) {
    if ((frame?.[at * 4] ?? 0) < 128) continue;
    const [x, y] = [at % 192, Math.floor(at / 192)];
    count += 1;
    edges[0] = Math.min(edges[0] ?? 0, x);
    edges[1] = Math.min(edges[1] ?? 0, y);
    edges[2] = Math.max(edges[2] ?? 0, x + 1);
    edges[3] = Math.max(edges[3] ?? 0, y + 1);
  }
  return { count, edges };
};

test('draws a shape whole that is larger than its box', async () => {
  const shape = { type: 'shape', shape: 'circle', circle: { radius: 50 }, width: 40, height: 40, fill: { color: '#ffffff' } };
  const { frames } = await draw(edit([[{ asset: shape, start: 0, length: 0.1 }]]));
  const { count, edges } = litArea(frames[0]);
  expect(edges).toEqual([46, 4, 146, 104]);
  expect(Math.abs(count - Math.PI * 50 ** 2)).toBeLessThan(60);
});

test('shows nothing of what was cropped off, also where the crop falls between even pixels', async () => {
  const clip = (crop: object) => ({
    asset: { type: 'image', src: media('photo.png'), crop },
    ...{ start: 0, length: 0.1, fit: 'none' },
  });
  const size = { width: 640, height: 360 };
  const whole = await draw(edit([[clip({})]], { size }));
  const part = await draw(edit([[clip({ top: 0.25, bottom: 0.25, left: 0.26, right: 0.26 })]], { size }));
  const { width, height } = whole.scene.layers[0]?.box ?? { width: 0, height: 0 };
  const box = part.scene.layers[0]?.box ?? { width: 0, height: 0 };
  expect([box.width, box.height]).toEqual([width * 0.48, height * 0.5]);
  const isLit = (x: number, y: number): boolean => {
    const at = (y * 640 + x) * 4;
    return [0, 1, 2].some((channel) => (part.frames[0]?.[at + channel] ?? 0) > 0);
  };
  const outside: number[] = [];
  for (let y = 0; y < 360; y += 1) {
    for (let x = 0; x < 640; x += 1) {
      const isInside = Math.abs(x + 0.5 - 320) < box.width / 2 + 1 && Math.abs(y + 0.5 - 180) < box.height / 2 + 0.5;
      if (!isInside && isLit(x, y)) outside.push(y);
    }
  }
  expect(outside).toEqual([]);
});

test.each([
  ['a shape', { type: 'shape', shape: 'rectangle', rectangle: { width: 40, height: 20 }, fill: { color: '#ffffff' } }],
  [
    'a drawing',
    {
      type: 'svg',
      src: '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="54"><path fill="#fff" d="M38 22h20v10h-20z"/></svg>',
    },
  ],
])('masks a clip with %s, over its box', async (_, mask) => {
  const clip = { asset: { type: 'color', color: '#ffffff' }, start: 0, length: 0.1 };
  const shown = await draw(edit([[{ ...clip, mask }]]));
  expect(litArea(shown.frames[0])).toEqual({ count: 800, edges: [76, 44, 116, 64] });
  const hidden = await draw(edit([[{ ...clip, mask: { ...mask, invert: true } }]]));
  expect(litArea(hidden.frames[0]).count).toBe(192 * 108 - 800);
});

test('begins a film that masks a clip at its trim', async () => {
  const mask = { type: 'luma', src: media('counter.mp4') };
  const clip = { asset: { type: 'color', color: '#ffffff' }, start: 0, length: 0.4 };
  const whole = await draw(edit([[{ ...clip, length: 1.2, mask }]]));
  const part = await draw(edit([[{ ...clip, mask: { ...mask, trim: 0.8 } }]]));
  expect(part.frames.map((frame) => frame[0])).toEqual(whole.frames.slice(8, 12).map((frame) => frame[0]));
  expect(new Set(part.frames.map((frame) => frame[0])).size).toBe(4);
});

describe('the frame of a video on screen', () => {
  /** The counter's frame n of 25 a second has the grey (4 n) * 255 / 219. */
  const shown = (grey: number): number => Math.round((grey * 219) / 255 / 4);

  test.each([
    { fps: 25, trim: 0 },
    { fps: 25, trim: 0.4 },
    { fps: 29.97, trim: 0 },
    { fps: 30, trim: 0.52 },
    { fps: 23.976, trim: 0.1 },
    { fps: 60, trim: 0 },
    { fps: 12, trim: 0.04 },
  ])('is the one whose time span holds the moment, at $fps frames a second from $trim s', async ({ fps, trim }) => {
    const clip = { asset: { type: 'video', src: media('counter.mp4'), trim }, start: 0, length: 0.8 };
    const { frames, scene } = await draw(edit([[clip]], { fps }));
    const { numerator, denominator } = scene.frameRate;
    const expected = frames.map((_, index) => Math.floor((trim + (index * denominator) / numerator) * 25 + 0.02));
    expect(frames.map((frame) => shown(frame[0] ?? 0))).toEqual(expected);
  });

  test('is neither black nor doubled where one clip ends and the next begins, at 29.97 frames a second', async () => {
    const clip = (start: number, trim: number) => ({
      asset: { type: 'video', src: media('counter.mp4'), trim },
      start,
      length: 0.48,
    });
    const { frames } = await draw(edit([[clip(0, 0.2), clip(0.48, 0.68), clip(0.96, 1.16)]], { fps: 29.97 }));
    const counted = frames.map((frame) => shown(frame[0] ?? 0));
    expect(counted).toEqual(frames.map((_, index) => Math.floor((0.2 + (index * 1001) / 30000) * 25 + 0.02)));
  });
});

/** Centres of mass of the bright dots' column, frame by frame. */
const centres = (frames: readonly Uint8Array[], size: { width: number; height: number }): { x: number; y: number }[] =>
  frames.map((frame) => {
    let [sum, x, y] = [0, 0, 0];
    for (let row = 0; row < size.height; row += 1) {
      for (let column = 0; column < size.width; column += 1) {
        const value = frame[(row * size.width + column) * 4] ?? 0;
        sum += value;
        x += value * (column + 0.5);
        y += value * (row + 0.5);
      }
    }
    return { x: x / sum, y: y / sum };
  });

test('moves pictures smoothly: a slow tween strays from its straight path by 0.02 pixels rms at most', async () => {
  const dot = { type: 'shape', shape: 'circle', circle: { radius: 12 }, fill: { color: '#ffffff' } };
  const tween = (from: number, to: number) => [{ from, to, start: 0, length: 4 }];
  const clip = {
    asset: dot,
    start: 0,
    length: 4,
    width: 40,
    height: 40,
    offset: { x: tween(-0.02, 0.02), y: tween(-0.01, 0.01) },
  };
  const { frames, scene } = await draw(edit([[clip]], { fps: 15 }));
  const path = centres(frames, scene.output);
  const ideal = (index: number) => ({ x: 96 + 192 * (-0.02 + (0.04 * index) / 60), y: 54 - 108 * (-0.01 + (0.02 * index) / 60) });
  const errors = path.map(({ x, y }, index) => ({ x: x - ideal(index).x, y: y - ideal(index).y }));
  for (const axis of ['x', 'y'] as const) {
    // A dot drawn on a grid lies a hair beside its centre, always the same: that is no jitter.
    const mean = errors.reduce((sum, error) => sum + error[axis], 0) / errors.length;
    const jitter = Math.sqrt(errors.reduce((sum, error) => sum + (error[axis] - mean) ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(jitter).toBeLessThan(0.02);
  }
});

describe('text of a caller', () => {
  const nasty = [
    '<script>alert(1)</script>',
    '%{pts}\\n\\:drawtext=',
    '{ { NOT } } merged',
    "'; DROP TABLE--",
    '\u0000\u0007\u001b[31m',
    '‮gnp.exe',
    '\ud800 lone',
    '&lt;&#x41;&amp;',
    '../../etc/passwd',
    'file:///etc/passwd',
    '$PATH $(id) `id`',
    '\\N{\\an8}{\\p1}m 0 0',
    'Z͑ͫ̓ͪ̂ͫ̽a͎l̓g̈o',
    '𝕬𝖇𝖈 👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'ﷺ'.repeat(3),
    '\t\r\n \u2028\u2029',
    'a'.repeat(300),
    '-->',
    '1\n00:00:00,000 --> 00:00:01,000',
    '%s%n%x',
    '\\',
    '"',
    "'",
    ',',
    ';',
    ':',
    '[x]',
    '=',
  ];
  const strings = Array.from({ length: scaled(500) }, (_, index) => {
    const base = nasty[index % nasty.length] ?? '';
    const other = nasty[(index * 7 + 3) % nasty.length] ?? '';
    return index < nasty.length ? base : `${base} ${other} ${index}`;
  });

  test('is drawn as it stands, whatever it says, in every kind of text', async () => {
    const kinds = [
      (text: string) => ({ type: 'rich-text', text, font: { size: 14, color: '#ffffff' } }),
      (text: string) => ({ type: 'text', text, font: { size: 14, color: '#ffffff' }, width: 180, height: 90 }),
      (text: string) => ({ type: 'title', text, color: '#ffffff', size: 'small' }),
      (text: string) => ({ type: 'rich-caption', words: [{ text, start: 0, end: 1 }], font: { size: 14, color: '#ffffff' } }),
    ];
    const clips = strings.map((text, index) => ({
      asset: kinds[index % kinds.length]?.(text.slice(0, 200)),
      start: index / 10,
      length: 0.1,
    }));
    const { frames } = await draw(edit([clips]), { threads: 2 });
    expect(frames.length).toBe(strings.length);
    const isInked = (frame: Uint8Array): boolean => frame.some((value, at) => at % 4 === 0 && value > 60);
    const blank = strings.filter((text, index) => /[\p{L}\p{N}]/u.test(text) && !isInked(frames[index] ?? new Uint8Array()));
    expect(blank).toEqual([]);
  });

  test('shows the letters of a mark-up, not what it would do', async () => {
    const line = (text: string) =>
      edit([[{ asset: { type: 'rich-text', text, font: { size: 20, color: '#ffffff' } }, start: 0, length: 0.1 }]]);
    const [marked, plain] = [await draw(line('<b>W</b>')), await draw(line('W'))];
    const ink = (frame: Uint8Array | undefined): number =>
      frame?.reduce((sum, value, at) => sum + (at % 4 === 0 ? value : 0), 0) ?? 0;
    expect(ink(marked.frames[0])).toBeGreaterThan(ink(plain.frames[0]) * 2);
  });
});

test("pages of the engine's captions last alike, or as long as they are read, but never less than their least time", async () => {
  const shows = async (timing: object): Promise<string> => {
    const caption = { text: 'aa bb cc\nd\ne', font: { size_px: 20 }, layout: { max_lines: 1 }, timing };
    const clip = { asset: { type: 'color', color: '#000000' }, start: 0, length: 3, caption };
    const { frames } = await draw(edit([[clip]]));
    const looks = frames.map((frame) => frame.reduce((sum, value, at) => sum + (at % 4 === 0 ? value : 0), 0));
    const kinds = [...new Set(looks)];
    return looks.map((look) => (look === 0 ? '-' : kinds.indexOf(look))).join('');
  };
  expect(await shows({ mode: 'even' })).toBe('000000000011111111112222222222');
  expect(await shows({ mode: 'even', min_page_duration: 2 })).toBe('000000000000000000001111111111');
  expect(await shows({ mode: 'wpm', wpm: 120, min_page_duration: 0.2 })).toBe('0000000000000001111122222-----');
});

test('opens nothing that a drawing or a page names', async () => {
  const href = `file://${scratch('photo.png')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">
    <image href="${href}" width="10" height="10"/><image xlink:href="${scratch('photo.png')}" width="10" height="10"/>
    <use href="${href}#a"/><script>throw 1</script></svg>`;
  const html = `<img src="${href}"><link rel="stylesheet" href="${href}"><style>@import url("${href}");</style><iframe src="${href}"></iframe>`;
  const { frames } = await draw(
    edit([
      [{ asset: { type: 'svg', src: svg }, start: 0, length: 0.2, width: 100, height: 100 }],
      [{ asset: { type: 'html', html, css: `body { background: url("${href}") }` }, start: 0, length: 0.2 }],
    ]),
  );
  expect(frames.every((frame) => frame.every((value, at) => at % 4 === 3 || value === 0))).toBe(true);
});

describe('a film that cannot go on', () => {
  const long = edit([[{ asset: { type: 'video', src: media('counter.mp4'), loop: true }, start: 0, length: 600, scale: 0.9 }]]);

  test('ends with `aborted` when its signal comes, before and while frames are drawn', async () => {
    const before = new AbortController();
    before.abort(new Error('stop'));
    expect(await rejection(draw(long, { signal: before.signal }))).toMatchObject({ code: 'aborted' });
    const during = new AbortController();
    let drawn = 0;
    const onFrame = (): void => {
      drawn += 1;
      if (drawn === 5) during.abort(new Error('stop'));
    };
    const error = await rejection(draw(long, { signal: during.signal, threads: 2, onFrame }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'aborted' });
    expect(drawn).toBe(5);
  });

  test('names the clip whose file breaks off, and never shows a frame of something else', async () => {
    const whole = await readFile(scratch('photo.png'));
    await writeFile(scratch('torn.png'), whole.subarray(0, whole.length - 200));
    const broken = edit([[{ asset: { type: 'image', src: media('torn.png') }, start: 0, length: 1 }]]);
    const error = await rejection(draw(broken));
    expect(error).toMatchObject({ code: 'asset_unusable' });
    expect(String(error instanceof StepError ? error.publicMessage : error)).toContain('timeline.tracks[0].clips[0]');
  });
});

test('keeps transparency when the film has it', async () => {
  const clip = {
    asset: { type: 'shape', shape: 'circle', circle: { radius: 30 }, fill: { color: '#ff0000', opacity: 0.5 } },
    start: 0,
    length: 0.1,
  };
  const film = edit([[{ ...clip, width: 80, height: 80 }]], { format: 'webm', alpha: true }, { background: 'transparent' });
  const { frames } = await draw(film);
  const at = (x: number, y: number): number[] => [...(frames[0]?.slice((y * 192 + x) * 4, (y * 192 + x) * 4 + 4) ?? [])];
  expect(at(2, 2)[3]).toBe(0);
  expect(at(96, 54)).toEqual([255, 0, 0, expect.closeTo(128, -1)]);
});

test('warns once when a font is not there, and when no font has a letter', async () => {
  const clip = (text: string, start: number) => ({
    asset: { type: 'rich-text', text, font: { family: 'No Such Face', size: 20, color: '#ffffff' } },
    start,
    length: 0.1,
  });
  const { warnings } = await draw(edit([[clip('one', 0), clip('two \u{13000}', 0.1)]]));
  expect(warnings.map(({ code }) => code).sort()).toEqual(['font_not_available', 'letters_without_font']);
});
