import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enhanceByRules } from './enhance-by-rules.ts';
import {
  namesCamera,
  namesLight,
  namesMotion,
  cameraMoves,
  filmThemes,
  nightLight,
  pictureCamera,
  pictureLight,
  plainTheme,
  transitionMotion,
} from './film-words.ts';
import { drawRandomPrompt } from './random-prompt.ts';

const modes = ['text-to-video', 'image-to-video', 'first-last-frame'] as const;

const enhance = (prompt: string, mode: (typeof modes)[number]): string => enhanceByRules({ prompt, mode, lengthMax: 4000 });

describe('enhanceByRules', () => {
  it.each(['woman walking in rain', 'a cat on a sofa', 'neon city at night', 'a red ball', 'die alte Mühle', 'drone'])(
    'keeps "%s" in front and adds motion, light and camera',
    (prompt) => {
      for (const mode of modes) {
        const text = enhance(prompt, mode);
        expect(text.startsWith(prompt)).toBe(true);
        expect([namesMotion, namesLight, namesCamera].map((pattern) => pattern.test(text))).toEqual([true, true, true]);
      }
    },
  );

  it('adds only what is missing', () => {
    const prompt = 'slow aerial shot of a lighthouse, golden hour light';
    const text = enhance(prompt, 'text-to-video');
    expect(text.startsWith(`${prompt}, `)).toBe(true);
    expect(text.match(/shot/g)).toHaveLength(1);
  });

  it('suits the hour and the kind of scene', () => {
    expect(enhance('an owl at night', 'text-to-video')).toMatch(/moonlight|low-key/);
    expect(enhance('a portrait', 'image-to-video')).toContain('the light of the first frame kept');
    expect(enhance('a portrait', 'first-last-frame')).toContain('from the first frame to the last');
  });

  it('is the same for the same prompt, begins with it, holds no dash terms of its own, and is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), fc.constantFrom(...modes), (prompt, mode) => {
        const text = enhance(prompt, mode);
        expect(enhance(prompt, mode)).toBe(text);
        expect(enhance(text, mode)).toBe(text);
        const subject = prompt.trim().replace(/[\s,.;:]+$/, '');
        expect(text.startsWith(subject)).toBe(true);
        expect(text.slice(subject.length)).not.toMatch(/,\s*-/);
      }),
      { numRuns: 500 },
    );
  });

  it('never passes 4,000 characters, and never cuts what was given', () => {
    const long = `a sea ${'x'.repeat(3960)}`;
    const text = enhance(long, 'text-to-video');
    expect(text.startsWith(long)).toBe(true);
    expect(text.length).toBeLessThanOrEqual(4000);
  });

  it('knows every phrase of its own again', () => {
    const motions = [...filmThemes, plainTheme].flatMap(({ motion }) => motion).concat(transitionMotion);
    const lights = [...filmThemes, plainTheme].flatMap(({ light }) => light).concat(nightLight, pictureLight);
    expect(motions.filter((phrase) => !namesMotion.test(phrase))).toEqual([]);
    expect(lights.filter((phrase) => !namesLight.test(phrase))).toEqual([]);
    expect([...cameraMoves, ...pictureCamera].filter((phrase) => !namesCamera.test(phrase))).toEqual([]);
  });
});

describe('drawRandomPrompt', () => {
  const draws = Array.from({ length: 1000 }, (_, seed) => drawRandomPrompt(seed));

  it('draws at least 900 different ones in 1,000, and the same one for the same seed', () => {
    expect(new Set(draws.map(({ positive }) => positive)).size).toBeGreaterThanOrEqual(900);
    expect(drawRandomPrompt(7)).toEqual(draws[7]);
  });

  it('says who, in which light and how it is filmed, and puts dashes before what is not wanted', () => {
    for (const { positive, negative } of draws) {
      expect(positive, positive).toMatch(/^(a|an|two|the) .{20,}, .+, .*(shot|push-in|orbit|pan|close-up|tilt)/);
      expect(positive).not.toMatch(/(^|,)\s*-/);
      for (const term of negative.split(', ')) expect(term).toMatch(/^-\w/);
    }
  });
});
