import { describe, expect, it } from 'vitest';
import { readPrompt } from './read-prompt.ts';
import { plainPrompts } from './test-kit.ts';
import { type SceneKind, sceneKinds } from './words.ts';

const read = (prompt: string, negativePrompt = '') => readPrompt(prompt, negativePrompt);

describe('readPrompt: scenes', () => {
  it.each(sceneKinds.map((kind) => [plainPrompts[kind], kind] as const))('reads "%s" as %s', (prompt, kind) => {
    expect(read(prompt).kind).toBe(kind);
  });

  it.each<[string, SceneKind | undefined]>([
    ['cinematic ocean waves at sunset, golden light', 'sea'],
    ['A sailboat drifts along the coast', 'sea'],
    ['snowy mountains, pan left', 'mountains'],
    ['northern lights over mountains', 'aurora'],
    ['camels crossing the Sahara', 'desert'],
    ['a puppy runs through a garden', 'meadow'],
    ['winter forest', 'snowfield'],
    ['a fox in the woods', 'forest'],
    ['a sea of clouds at dawn', 'clouds'],
    ['a plane above the clouds', 'clouds'],
    ['hot air balloons in the sky', 'sky'],
    ['astronaut on a distant planet', 'space'],
    ['campfire at night', 'fire'],
    ['rain on a city', 'street'],
    ['neon cyberpunk street', 'street'],
    ['a woman walks through heavy rain', 'street'],
    ['city at night', 'skyline'],
    ['a whale and jellyfishes', 'underwater'],
    ['liquid gold swirling', 'flow'],
    ['portrait of a woman', 'studio'],
    ['portrait of a woman in a forest', 'forest'],
    ['product shot of a perfume bottle', 'studio'],
    ['quantum happiness', undefined],
    ['', undefined],
  ])('reads "%s" as %s', (prompt, kind) => {
    expect(read(prompt).kind).toBe(kind);
  });
});

describe('readPrompt: light, weather and colours', () => {
  it('reads the time of day', () => {
    expect(read('the sea at dawn').timeOfDay).toBe('dawn');
    expect(read('golden hour in a field').timeOfDay).toBe('golden');
    expect(read('blue hour').timeOfDay).toBe('dusk');
    expect(read('a moonlit lake').timeOfDay).toBe('night');
    expect(read('the sea').timeOfDay).toBeUndefined();
  });

  it('reads the weather', () => {
    expect(read('rain').weather).toMatchObject({ rain: 1, snow: 0 });
    expect(read('a stormy sea').weather).toMatchObject({ storm: 1, rain: 0.6, wind: 0.8 });
    expect(read('light snow').weather.snow).toBe(0.6);
    expect(read('misty hills').weather.fog).toBe(1);
    expect(read('clear sky').weather.clouds).toBe(0);
    expect(read('overcast beach').weather.clouds).toBe(0.95);
  });

  it('takes colours in the order of their mention, each once', () => {
    expect(read('blue and pink silk, blue').colours).toEqual(read('blue, pink').colours);
    expect(read('pink, blue').colours).toEqual(read('blue, pink').colours.toReversed());
  });

  it('takes no colour from the name of a thing', () => {
    expect(read('a coral reef, a rose, golden hour, a goldfish').colours).toEqual([]);
  });

  it('reads the looks', () => {
    expect([...read('black and white, moody').looks]).toEqual(['monochrome', 'dark']);
  });

  it('slows down and speeds up', () => {
    expect(read('waves in slow motion').speed).toBe(0.5);
    expect(read('clouds, time-lapse').speed).toBe(2);
  });
});

describe('readPrompt: what is negated counts as never asked', () => {
  it.each([
    ['a city, rain', 'rain', 'a city'],
    ['rain on a city', 'rainy weather', 'a city'],
    ['a city, downpour, -rain', '', 'a city'],
    ['mountains in fog', 'mist', 'mountains'],
    ['the sea, a forest', 'sea', 'a forest'],
    ['a red and blue cloth', 'red', 'a blue cloth'],
    ['the sea at night', 'night', 'the sea'],
    ['the sea, pan left', 'pan', 'the sea'],
    ['black and white portrait', 'monochrome', 'portrait'],
  ])('"%s" without "%s" is "%s"', (prompt, negative, plain) => {
    const { without: refused, ...wish } = read(prompt, negative);
    const { without, ...expected } = read(plain);
    expect(wish).toEqual(expected);
    expect(without.size).toBe(0);
    expect(refused.size).toBeLessThanOrEqual(1);
  });

  it('leaves the wish alone when the negative names something else', () => {
    expect(read('a stormy sea at dusk', 'blurry, low quality, shaky')).toEqual(read('a stormy sea at dusk'));
    expect(read('a slow-motion sea, -blurry')).toEqual(read('a slow-motion sea'));
  });

  it('remembers what must not be seen though nobody asked for it', () => {
    expect([...read('mountains', 'clouds, snow').without].toSorted()).toEqual(['clouds', 'snow']);
  });
});

describe('readPrompt: unknown words', () => {
  it('tells films of unknown prompts apart, not their filler words', () => {
    expect(read('quantum happiness').remainder).not.toBe(read('gentle melancholy').remainder);
    expect(read('a beautiful cinematic shot of quantum happiness').remainder).toBe(read('quantum happiness').remainder);
    expect(read('happiness, quantum, doubt', 'doubt').remainder).toBe(read('quantum happiness').remainder);
  });

  it('survives anything', () => {
    for (const text of ['🌊🌊', '-', ',,,', '\u0000', 'a'.repeat(4000), '-rain', 'Ελλάδα 海 море', '$&*()[]\\^']) {
      expect(() => read(text, text)).not.toThrow();
    }
  });
});
