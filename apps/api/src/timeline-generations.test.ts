import { type Catalog, modelCatalog, runnerTaskTypes } from '@polyreel/core';
import { describe, expect, test } from 'vitest';
import { createTimelineLanguage } from './timeline-language.ts';

const language = createTimelineLanguage({
  names: new Map([['nano-banana-2', 'z-image-turbo']]),
  seal: (text) => `sealed ${text}`,
});
const catalogOf = (kind: 'reference' | 'model'): Catalog => ({
  models: modelCatalog,
  capabilities: runnerTaskTypes.map((task) => ({ runner: 'cpu', kind, task, model: '*' })),
});
const check = (clips: unknown[], catalog = catalogOf('model')) => {
  const output = { format: 'mp4', resolution: 'hd', aspectRatio: '9:16' };
  const checked = language.check({ timeline: { tracks: [{ clips }] }, output }, { catalog });
  return {
    ...checked,
    asked: checked.document === null ? null : language.generations(checked.document, { canvas: checked.canvas, catalog }),
  };
};
const tasks = (clips: unknown[], catalog?: Catalog) =>
  check(clips, catalog).asked?.wanted.map(({ generation }) => generation.task);

describe('generated assets', () => {
  test('become tasks of the engine: as long as their clip, in the shape of the film, at the size of the model', () => {
    const made = tasks([
      { asset: { type: 'video', prompt: 'a harbour', options: { seed: 7 }, trim: 1, speed: 2 }, start: 0, length: 2 },
      { asset: { type: 'image', prompt: 'a harbour', model: 'nano-banana-2', options: { width: 640, height: 480 } }, length: 2 },
      { asset: { type: 'text-to-speech', text: 'Welcome', voice: 'Matthew', language: 'en-US' } },
      { asset: { type: 'audio', prompt: 'slow piano', options: { task: 'text-to-music', bpm: 70 } }, length: 8 },
      { asset: { type: 'text-to-sfx', prompt: 'rain' }, length: 4 },
    ]);
    expect(made).toMatchObject([
      { type: 'clip', model: 'wan22', seed: 7, prompt: 'a harbour', canvas: { width: 480, height: 848 }, frameCount: 80 },
      { type: 'image', model: 'z-image-turbo', canvas: { width: 640, height: 480 } },
      { type: 'speech', voice: 'en-us-male', text: 'Welcome' },
      { type: 'music', tags: 'slow piano', bpm: 70, durationSeconds: 8 },
      { type: 'sound-effect', prompt: 'rain', durationSeconds: 4 },
    ]);
  });

  test('the same words have the same seed, which the document tells; other words have another', () => {
    const seedsOf = (prompt: string) => {
      const { document } = check([{ asset: { type: 'text-to-image', prompt } }]);
      return JSON.stringify(document).match(/"seed":(\d+)/)?.[1];
    };
    expect(seedsOf('a harbour')).toMatch(/^\d+$/);
    expect(seedsOf('a harbour')).toBe(seedsOf('a harbour'));
    expect(seedsOf('a harbour')).not.toBe(seedsOf('a forest'));
  });

  test('a picture to start from is named by its address', () => {
    const { asked, document } = check([{ asset: { type: 'image-to-video', src: 'asset://ast_1', prompt: 'waves' }, length: 1 }]);
    expect(asked?.wanted).toMatchObject([{ inputSrc: 'asset://ast_1', generation: { task: { frameCount: 16 } } }]);
    expect(language.addresses(document)).toMatchObject([{ src: 'asset://ast_1' }]);
  });

  test('what headers hold is sealed in the document and shown to nobody', () => {
    const headers = { Authorization: 'Bearer x' };
    const inner = { tracks: [{ clips: [{ asset: { type: 'image', src: 'https://a.example/b.png', headers }, length: 1 }] }] };
    const { document, asked } = check([
      { asset: { type: 'composition', timeline: inner }, length: 1 },
      { asset: { type: 'image-to-video', src: 'https://a.example/c.png', headers, prompt: 'waves' }, length: 1 },
    ]);
    const text = JSON.stringify(document);
    expect(text.split('sealed Bearer x')).toHaveLength(3);
    expect(text.split('Bearer x')).toHaveLength(3);
    expect(asked?.wanted[0]?.inputHeaders).toEqual({ Authorization: 'sealed Bearer x' });
    expect(JSON.stringify(language.edit(document))).not.toContain('Bearer');
  });

  test('what stands in for something else says so', () => {
    const clip = { asset: { type: 'image', prompt: 'a harbour', model: 'nano-banana-2' }, length: 1 };
    const codes = (catalog: Catalog) => check([clip], catalog).asked?.warnings.map(({ code }) => code);
    expect(codes(catalogOf('model'))).toEqual(['model_mapped']);
    expect(codes(catalogOf('reference'))).toEqual(['model_mapped', 'reference_renderer']);
    const spoken = { asset: { type: 'text-to-speech', text: 'Hallo', voice: 'Vicki', language: 'de-DE' } };
    expect(check([spoken]).asked).toMatchObject({
      warnings: [{ code: 'voice_mapped' }],
      wanted: [{ generation: { task: { voice: 'de-de-female' } } }],
    });
  });

  test('an unknown model is refused with what there is, a task that nobody can do as unsupported', () => {
    const unknown = check([{ asset: { type: 'image', prompt: 'x', model: 'sora' }, length: 1 }]);
    expect(unknown.errors).toMatchObject([
      { code: 'unknown_model', message: expect.stringContaining('z-image-turbo, nano-banana-2') },
    ]);
    const idle = { models: modelCatalog, capabilities: [] };
    expect(check([{ asset: { type: 'image', prompt: 'x' }, length: 1 }], idle).errors).toMatchObject([
      { code: 'unsupported_asset' },
    ]);
  });

  test.each([
    ['a seed that is none', { type: 'image', prompt: 'x', options: { seed: -1 } }, 1],
    ['a clip of an hour', { type: 'video', prompt: 'x' }, 3600],
    ['a tempo beyond all', { type: 'text-to-music', prompt: 'x', options: { bpm: 1000 } }, 5],
  ])('%s is too large', (_what, asset, length) => {
    expect(check([{ asset, length }]).asked?.errors).toMatchObject([{ code: 'too_large' }]);
  });

  test.each([
    ['a key that is none', 'text-to-music', { keyscale: 'H minor' }, 'options.keyscale "H minor" is not a known key'],
    ['a tempo in words', 'text-to-music', { bpm: 'fast' }, 'options.bpm must be a number'],
    ['lyrics that are no text', 'text-to-music', { lyrics: 5 }, 'options.lyrics must be text'],
    ['a negative prompt that is no text', 'text-to-sfx', { negative_prompt: ['birds'] }, 'options.negative_prompt must be text'],
    ['a shape in words', 'text-to-video', { aspectRatio: 'wide' }, 'options.aspectRatio "wide" is not a ratio'],
  ])('%s is refused before anything is made', (_what, type, options, message) => {
    expect(check([{ asset: { type, prompt: 'x', options }, length: 2 }]).asked?.errors).toMatchObject([
      { code: 'invalid_value', message: expect.stringContaining(message) },
    ]);
  });

  test('options that mean nothing here are named by a warning; null is no option', () => {
    const options = { tempo: 90, constructor: 1, bpm: null, keyscale: ' eb  MINOR', duration: 3 };
    const { asked } = check([{ asset: { type: 'text-to-music', prompt: 'x', options }, length: 2 }]);
    expect(asked).toMatchObject({
      errors: [],
      warnings: [
        { code: 'ignored_option', message: expect.stringMatching(/^options\.tempo, options\.constructor mean nothing/) },
      ],
    });
    expect(
      check([{ asset: { type: 'text-to-image', prompt: 'x', options: { aspectRatio: 'auto' } }, length: 1 }]).asked,
    ).toMatchObject({ errors: [], warnings: [] });
  });
});
