import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaled } from '../../test/helpers.ts';
import { buildScene } from './build-scene.ts';
import { assumedFacts } from './source-facts.ts';
import { detectDialect, toInternal } from './dialect.ts';
import { parseColor } from './parse-color.ts';
import { presetCanvas } from './output-plan.ts';
import { listTimelineSources } from './sources.ts';
import { parseMarkup } from './text-markup.ts';
import { validateTimeline } from './validate.ts';

const output = { format: 'mp4', resolution: 'sd' };
const image = { type: 'image', src: 'https://example.com/a.png' };
const editOf = (clip: object, more: object = {}) => ({
  timeline: { tracks: [{ clips: [{ asset: image, start: 0, length: 1, ...clip }] }] },
  output,
  ...more,
});
const errorsOf = (edit: unknown, options = {}) => validateTimeline(edit, options).errors;

describe('faults', () => {
  test('of the shape, of the words and of the whole come together; what follows from one of them does not', () => {
    const clips = [
      { asset: { type: 'color', color: '#ffffff' }, start: 0, length: 1, foo: 1 },
      { asset: image, start: 0, length: 0 },
      { asset: image, start: 'alias://nobody', length: 1 },
      { asset: { type: 'video', src: 'file:///etc/passwd' }, start: 'soon', length: 1 },
      { asset: { type: 'hologram' }, start: 0, length: 1, alias: 'a' },
      { asset: image, start: 'alias://a', length: '{{MISSING}}' },
      { asset: { type: 'image', src: 5 }, start: 0, length: 1 },
    ];
    const edit = { timeline: { tracks: [{ clips }] }, output: { format: 'mpeg', destinations: [{ provider: 'mux' }] } };
    const at = 'timeline.tracks[0].clips';
    expect(errorsOf(edit).map(({ path, code }) => [path, code])).toEqual([
      [`${at}[5].length`, 'missing_merge_fields'],
      [`${at}[0].foo`, 'unknown_key'],
      [`${at}[3].start`, 'invalid_value'],
      [`${at}[4].asset.type`, 'unsupported_asset'],
      [`${at}[6].asset.src`, 'invalid_type'],
      ['output.format', 'invalid_value'],
      [`${at}[1].length`, 'zero_length'],
      [`${at}[3].asset.src`, 'unsupported_source'],
      ['output.destinations[0].provider', 'unsupported_destination'],
      [`${at}[2].start`, 'unknown_alias'],
    ]);
    expect(errorsOf(edit)).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('expected seconds from 0') }),
    );
  });
  test('are not sought one by one in what is far too long', () => {
    const clips = Array.from({ length: 150_000 }, () => ({}));
    expect(errorsOf({ timeline: { tracks: [{ clips }] }, output })).toMatchObject([
      { path: 'timeline.tracks', code: 'too_large' },
    ]);
    const merge = Array.from({ length: 150_000 }, () => 1);
    expect(errorsOf({ timeline: { tracks: [] }, output, merge }).length).toBeLessThanOrEqual(1000);
  });
  test('of a document that is no edit at all are told as well', () => {
    for (const junk of [null, 5, [], { timeline: 'x', output: 5 }, { timeline: { tracks: [null] }, output: { format: 'mp4' } }]) {
      expect(errorsOf(junk).length, JSON.stringify(junk)).toBeGreaterThan(0);
    }
  });
  test('inside compositions are read as elsewhere: other words for types, and unknown keys as warnings where that is asked', () => {
    const clips = [{ asset: { type: 'subtitle', src: 'https://example.com/a.srt' }, start: 0, length: 0, foo: 1 }];
    const edit = editOf({ asset: { type: 'composition', timeline: { tracks: [{ clips, bar: 1 }] } } });
    const at = 'timeline.tracks[0].clips[0].asset.timeline.tracks[0]';
    expect(errorsOf(edit).map(({ path, code }) => [path, code])).toEqual([
      [`${at}.clips[0].foo`, 'unknown_key'],
      [`${at}.bar`, 'unknown_key'],
      [`${at}.clips[0].length`, 'zero_length'],
    ]);
    const lenient = validateTimeline(JSON.parse(JSON.stringify(edit).replace('"length":0', '"length":1')), { isStrict: false });
    expect(lenient.errors).toEqual([]);
    expect(lenient.warnings.map(({ path }) => path)).toEqual(expect.arrayContaining([`${at}.clips[0].foo`, `${at}.bar`]));
    expect(lenient.document === null ? null : buildScene(lenient.document, assumedFacts)).not.toBeNull();
  });
  test('come all at once, with path, code, text and a hint for the usual slips', () => {
    const errors = errorsOf({
      timeline: {
        tracks: [
          {
            clips: [
              { asset: { type: 'rich-text', text: 'a', alignment: {}, font: { name: 'Inter' } }, start: 0, duration: 3 },
              { asset: { type: 'image', src: 'https://example.com/a.png' }, start: '5', length: 0, transitions: {} },
              { asset: { type: 'hologram' }, start: 0, length: 1 },
            ],
          },
        ],
      },
      output: { format: 'mpeg' },
    });
    const at = 'timeline.tracks[0].clips';
    expect(errors.map(({ path, code, hint }) => [path, code, hint])).toEqual(
      expect.arrayContaining([
        [`${at}[0].asset.alignment`, 'unknown_key', 'did you mean align?'],
        [`${at}[0].asset.font.name`, 'unknown_key', 'did you mean font.family?'],
        [`${at}[0].duration`, 'unknown_key', 'did you mean length?'],
        [`${at}[1].transitions`, 'unknown_key', 'did you mean transition?'],
        [`${at}[1].start`, 'invalid_value', undefined],
        [`${at}[2].asset.type`, 'unsupported_asset', undefined],
        ['output.format', 'invalid_value', undefined],
      ]),
    );
  });
  test('unknown keys become warnings when lenient', () => {
    const edit = editOf({ duration: 3, asset: { ...image, oops: { deep: true } } });
    expect(errorsOf(edit).map(({ code }) => code)).toEqual(['unknown_key', 'unknown_key']);
    const lenient = validateTimeline(edit, { isStrict: false });
    expect(lenient.errors).toEqual([]);
    expect(lenient.warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['unknown_key']));
    expect(lenient.document).not.toBeNull();
  });
  test.each([
    ['crop_out_of_range', { asset: { ...image, crop: { left: 0.5, right: 0.5 } } }],
    ['zero_length', { length: 0 }],
    [
      'overlapping_tweens',
      {
        opacity: [
          { from: 0, to: 1, start: 0, length: 2 },
          { to: 0, start: 1, length: 1 },
        ],
      },
    ],
    ['unsupported_asset', { asset: { type: 'html5', html: '<b>x</b>' } }],
    ['unsupported_asset', { asset: { type: 'image' } }],
    ['transcription_unavailable', { asset: { type: 'rich-caption', src: 'https://example.com/a.mp4' } }],
    ['unsupported_source', { asset: { type: 'image', src: 'file:///etc/passwd' } }],
    ['too_large', { length: 20_000 }],
  ])('%s', (code, clip) => {
    expect(errorsOf(editOf(clip)).map((error) => error.code)).toEqual([code]);
  });
  test('models and tasks are held against what the server has', () => {
    const generation = { modelsFor: (task: string) => (task === 'text-to-image' ? ['flux'] : null) };
    const code = (asset: object) => errorsOf(editOf({ asset }), { generation }).map((error) => error.code);
    expect(code({ type: 'image', prompt: 'a cat', model: 'flux' })).toEqual([]);
    expect(code({ type: 'image', prompt: 'a cat', model: 'other' })).toEqual(['unknown_model']);
    expect(code({ type: 'text-to-speech', text: 'hi', voice: 'Amy' })).toEqual(['unsupported_asset']);
  });
  test('destinations that are not ours are faults, or warnings when lenient', () => {
    const edit = {
      ...editOf({}),
      output: { ...output, destinations: [{ provider: 'mux' }, { provider: 's3', options: { bucket: 'b' } }] },
    };
    expect(errorsOf(edit)).toMatchObject([{ code: 'unsupported_destination', path: 'output.destinations[0].provider' }]);
    expect(errorsOf(edit, { isStrict: false })).toEqual([]);
  });
  test('faults inside a composition carry the whole path', () => {
    const nested = { tracks: [{ clips: [{ asset: image, start: 0, length: 0 }] }] };
    expect(errorsOf(editOf({ asset: { type: 'composition', timeline: nested } }))).toMatchObject([
      { code: 'zero_length', path: 'timeline.tracks[0].clips[0].asset.timeline.tracks[0].clips[0].length' },
    ]);
  });
  test('a document that is too deep or too long is refused before it is walked', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(errorsOf({ timeline: deep, output })).toMatchObject([{ code: 'too_large' }]);
    expect(errorsOf(editOf({}), { limits: { maxBytes: 20 } })).toMatchObject([{ code: 'too_large' }]);
  });
  test('a template is held to its shape where no placeholder stands', () => {
    const template = editOf({ start: '{{ AT }}', length: '{{ D }}' });
    expect(errorsOf(template, { isTemplate: true })).toEqual([]);
    expect(errorsOf(editOf({ start: '{{ AT }}', bogus: 1 }), { isTemplate: true })).toMatchObject([{ code: 'unknown_key' }]);
  });
});

test('hostile strings stay the text they are in every text field', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      ...[
        "';rm -rf /",
        '%{localtime}',
        '<script>alert(1)</script>',
        '$(id)',
        '\\N{\\k20}',
        '[0:v]null[x]',
        '-i /etc/passwd',
        '{"a":1}',
      ],
      ...['\u0000', '\u202Eabc', 'a\u0301\u0301', '__proto__', 'file:///etc/passwd', "drawtext=text='x'", '&lt;b&gt;', '\\\\'],
    ),
  );
  fc.assert(
    fc.property(hostile, (words) => {
      fc.pre(!words.includes('{{'));
      const fields = [
        { type: 'rich-text', text: words },
        { type: 'text', text: words },
        { type: 'title', text: words },
      ];
      const { document, errors } = validateTimeline({
        timeline: { tracks: fields.map((asset) => ({ clips: [{ asset, start: 0, length: 1 }] })) },
        output: { ...output, metadata: { title: words } },
      });
      expect(errors).toEqual([]);
      const layers = (document === null ? null : buildScene(document, assumedFacts))?.scene.layers ?? [];
      const texts = layers.map(({ content }) => (content.type === 'text' ? content.runs.map((run) => run.text).join('') : null));
      const wanted = words.replace(/\r\n?/g, '\n');
      expect(texts).toEqual([wanted, wanted, wanted]);
    }),
    { numRuns: scaled(500) },
  );
});

describe('dialects', () => {
  const native = {
    output: { format: 'mp4', width: 1280, height: 720 },
    timeline: {
      background: '#101418',
      tracks: [
        {
          clips: [
            {
              ...{ asset: image, start: 2, length: 4, offset: { x: 480, y: 80 }, scale: 0.6, rotate: 15, position: 'center' },
              transition: { in: 'fade', out: 'fade', duration: 1 },
              caption: {
                text: 'Welcome to the demo of captions.',
                layout: { max_width: { chars: 30 }, max_lines: 2, align: 'center' },
                placement: { anchor: 'bottom_center', margin_px: { x: 40, y: 60 } },
                style: { color: '#FFFFFF', bg_color: '#00000080', padding_px: 12 },
              },
            },
          ],
        },
      ],
    },
  };
  test('files with a width and a height in their output are native, and laid out in pixels, y downwards', () => {
    expect(detectDialect(native)).toBe('native');
    expect(detectDialect(editOf({}))).toBe('shotstack');
    expect(toInternal(native, 'native')).toMatchObject({
      output: { size: { width: 1280, height: 720 }, fps: 30 },
      timeline: {
        tracks: [{ clips: [{ fit: 'none', offset: { x: '480px', y: '-80px' }, transform: { rotate: { angle: 15 } } }] }],
      },
    });
    const { output: nativeOutput, timeline: nativeTimeline } = native;
    const turned = { tracks: [{ clips: [{ asset: image, start: 0, length: 1, rotate: 'x' }] }] };
    expect(errorsOf({ output: { ...nativeOutput, width: 9000 }, timeline: turned }).map(({ path }) => path)).toEqual([
      'timeline.tracks[0].clips[0].rotate',
      'output.width',
    ]);
    const anchored = JSON.parse(JSON.stringify(nativeTimeline).replace('bottom_center', 'center_left'));
    expect(errorsOf({ output: nativeOutput, timeline: anchored })).toEqual([]);
    expect(validateTimeline(native)).toMatchObject({ errors: [], frameCount: 180, canvas: { width: 1280, height: 720 } });
  });
});

test.each([
  ['preview', '9:16', 288, 512],
  ['sd', '4:5', 460, 576],
  ['preview', '4:5', 230, 288],
  ['480p', '16:9', 854, 480],
  ['hd', '4:3', 960, 720],
  ['4k', '1:1', 2160, 2160],
  ['1440p', '4:3', 1920, 1440],
  ['hd', '21:9', 1680, 720],
] as const)('%s at %s is %i x %i', (resolution, ratio, width, height) => {
  expect(presetCanvas(resolution, ratio)).toEqual({ width, height });
});

test('colours are read in all their forms, with the alpha first in titles', () => {
  expect(
    ['#abc', '#AABBCC', '#aabbcc80', 'Tomato', 'transparent', 'rgba(1, 2, 3, 0.5)', 'none'].map((text) => parseColor(text)),
  ).toEqual([...['#aabbccff', '#aabbccff', '#aabbcc80', '#ff6347ff', '#00000000', '#01020380'], undefined]);
  expect(parseColor('#80aabbcc', 'argb')).toBe('#aabbcc80');
});

test('marks nest, and what is no mark is text', () => {
  const runs = parseMarkup('a <b>b <i>c</i></b> <x> </b> <color=#f00>d', (value) => `${value}!`);
  expect(runs.map(({ text, weight, isItalic, color }) => [text, weight, isItalic, color])).toEqual([
    ['a ', null, null, null],
    ['b ', 700, null, null],
    ['c', 700, true, null],
    [' <x> </b> ', null, null, null],
    ['d', null, null, '#f00!'],
  ]);
});

test('equal sources are fetched once, prompts win over addresses, dropped clips need nothing', () => {
  const { document } = validateTimeline({
    timeline: {
      tracks: [
        {
          clips: [
            { asset: image, start: 0, length: 1 },
            { asset: { type: 'luma', src: image.src }, start: 0, length: 1 },
            { asset: { ...image, headers: { authorization: 'x' } }, start: 0, length: 1 },
            {
              asset: { type: 'image', src: 'https://example.com/placeholder.png', prompt: 'a cat', options: { seed: 7 } },
              start: 0,
              length: 1,
            },
            { asset: { type: 'image', src: 'https://example.com/gone.png' }, start: 0, length: 1, hidden: true },
          ],
        },
      ],
      soundtrack: { src: 'https://example.com/m.mp3' },
    },
    output,
  });
  const sources = document === null ? [] : listTimelineSources(document);
  expect(sources.map(({ use, origin }) => [use, origin.type])).toEqual([
    ['audio', 'address'],
    ['media', 'address'],
    ['image', 'address'],
    ['image', 'generation'],
  ]);
  expect(new Set(sources.map(({ id }) => id)).size).toBe(4);
  expect(JSON.stringify(sources.map(({ id }) => id))).not.toContain('authorization');
});

test("errors and warnings say the clip's own id", () => {
  const clip = { id: 'intro', asset: { type: 'image', src: 'http://example.com/a.png', crop: { left: 1 } }, start: 0, length: 0 };
  const { errors, warnings } = validateTimeline({
    timeline: { tracks: [{ clips: [clip, { ...clip, id: undefined }] }] },
    output,
  });
  expect(errors.map(({ message }) => message)).toEqual([
    'a clip must last longer than 0 s (clip "intro")',
    'nothing is left: left + right = 1, top + bottom = 0 (clip "intro")',
    'a clip must last longer than 0 s',
    'nothing is left: left + right = 1, top + bottom = 0',
  ]);
  expect(warnings[0]?.message).toBe('the source is not https (clip "intro")');
});

test('a lut without a file is refused, also as a bare name', () => {
  const faults = (filter: unknown) =>
    validateTimeline({
      timeline: { tracks: [{ clips: [{ asset: { type: 'color', color: '#fff' }, start: 0, length: 1, filter }] }] },
      output,
    }).errors.map(({ path, code }) => [path, code]);
  const at = 'timeline.tracks[0].clips[0].filter';
  expect(faults('lut')).toEqual([[at, 'missing_value']]);
  expect(faults(['blur', 'lut'])).toEqual([[`${at}[1]`, 'missing_value']]);
  expect(faults([{ name: 'lut' }])).toEqual([[`${at}[0].src`, 'missing_value']]);
});

test('a text that is too long is told by its length, not by its words', () => {
  const asset = { type: 'rich-text', text: 'a'.repeat(5001) };
  const { errors } = validateTimeline({ timeline: { tracks: [{ clips: [{ asset, start: 0, length: 1 }] }] }, output });
  expect(errors.map(({ message }) => message)).toEqual(["the text's length of 5001 characters is above 5000"]);
});

test('captions as files need no size of a frame', () => {
  const { warnings } = validateTimeline({ timeline: { tracks: [] }, output: { format: 'srt' } });
  expect(warnings).toEqual([]);
});
