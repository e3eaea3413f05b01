import { expect, test } from 'vitest';
import { buildScene } from './build-scene.ts';
import { assumedFacts } from './source-facts.ts';
import { listTimelineSources } from './sources.ts';
import { validateTimeline } from './validate.ts';

const output = { format: 'mp4', resolution: 'sd' };

test('request headers may stand beside every src, and reach its source', () => {
  const at = (name: string) => ({ src: `https://example.com/${name}`, headers: { authorization: name } });
  const { document, errors } = validateTimeline({
    timeline: {
      background: at('background'),
      soundtrack: at('soundtrack'),
      fonts: [at('font.ttf')],
      tracks: [
        {
          clips: [
            {
              asset: { type: 'color', color: '#fff' },
              ...{ start: 0, length: 1, filter: [{ name: 'lut', ...at('lut') }], mask: { type: 'luma', ...at('mask') } },
              caption: { text: 'a', font: at('caption.ttf') },
            },
          ],
        },
      ],
    },
    output,
  });
  expect(errors).toEqual([]);
  const sources = document === null ? [] : listTimelineSources(document);
  const heads = sources.map(({ origin }) => (origin.type === 'address' ? origin.headers.authorization : ''));
  expect(heads).toEqual(['background', 'soundtrack', 'font.ttf', 'mask', 'caption.ttf', 'lut']);
  const scene = document === null ? null : buildScene(document, assumedFacts);
  expect(scene?.scene.fonts.map(({ source }) => source)).toEqual([sources[2]?.id, sources[4]?.id]);
  expect(scene?.scene.layers[0]?.filters).toEqual([{ type: 'lut', source: sources[5]?.id, amount: 1 }]);
});

test('fonts of a nested timeline and of the caption over it reach their texts; those of clips that are not there are left out', () => {
  const font = (name: string) => ({ src: `https://example.com/${name}.ttf` });
  const shown = { asset: { type: 'color', color: '#fff' }, start: 0, length: 1 };
  const inner = { fonts: [font('Inner'), font('Outer')], tracks: [{ clips: [shown] }] };
  const { document } = validateTimeline({
    timeline: {
      fonts: [font('Outer')],
      tracks: [
        { clips: [{ ...shown, asset: { type: 'composition', timeline: inner }, caption: { text: 'a', font: font('Caption') } }] },
        { clips: [{ ...shown, hidden: true, caption: { text: 'a', font: font('Gone') } }] },
      ],
    },
    output,
  });
  const scene = document === null ? null : buildScene(document, assumedFacts);
  expect(scene?.scene.fonts.map(({ family }) => family)).toEqual(['Outer', 'Inner', 'Caption']);
});

test('of clips that are not there only those are fetched whose length decides that of others', () => {
  const clip = (name: string, more: object = {}) => ({
    asset: { type: 'video', src: `https://example.com/${name}.mp4` },
    ...more,
  });
  const { document } = validateTimeline({
    timeline: {
      tracks: [
        { hidden: true, clips: [clip('before'), clip('named', { alias: 'a' })] },
        { hidden: true, clips: [clip('never')] },
        { clips: [clip('dropped', { hidden: true, alias: 'b' }), clip('unnamed', { condition: false, alias: 'c' })] },
        { clips: [clip('shown', { start: 'alias://a', length: 'alias://b' })] },
      ],
    },
    output,
  });
  const sources = document === null ? [] : listTimelineSources(document);
  expect(sources.map(({ origin }) => (origin.type === 'address' ? origin.src : ''))).toEqual(
    ['before', 'named', 'dropped', 'shown'].map((name) => `https://example.com/${name}.mp4`),
  );
});

test('a generation keeps its id when a store gives its options back in another order', () => {
  const idsOf = (options: Record<string, unknown>) => {
    const asset = { type: 'text-to-music', prompt: 'calm piano', options };
    const { document } = validateTimeline({ timeline: { tracks: [{ clips: [{ asset, start: 0, length: 1 }] }] }, output });
    return document === null ? [] : listTimelineSources(document).map(({ id }) => id);
  };
  const written = idsOf({ bpm: 120, keyscale: 'C major', seed: 3, extra: { b: 1, a: [{ d: 1, c: 2 }] } });
  expect(written).toHaveLength(1);
  expect(idsOf({ bpm: 120, seed: 3, extra: { a: [{ c: 2, d: 1 }], b: 1 }, keyscale: 'C major' })).toEqual(written);
  expect(idsOf({ bpm: 121, keyscale: 'C major', seed: 3, extra: { b: 1, a: [{ d: 1, c: 2 }] } })).not.toEqual(written);
});
