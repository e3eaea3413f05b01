import { describe, expect, it } from 'vitest';
import { readPictureLife } from './picture-life.ts';

describe('readPictureLife', () => {
  it.each([
    ['heavy rain falls on the street', 'rain'],
    ['snow is falling softly', 'snow'],
    ['a wintry village, snowfall', 'snow'],
    ['mist drifts over the water', 'fog'],
    ['embers rise from the fire', 'sparks'],
    ['the wind blows', 'sway'],
    ['the person waves, hair moves', 'sway'],
  ] as const)('finds in "%s" the %s', (prompt, what) => {
    expect(readPictureLife(prompt)[what]).toBeGreaterThan(0);
  });

  it.each([
    ['a snow-capped mountain', 'snow'],
    ['a snowy mountain', 'snow'],
    ['no rain, a dry street', 'rain'],
    ['a street, -rain', 'rain'],
    ['a foghorn', 'fog'],
    ['', 'sway'],
  ] as const)('finds in "%s" no %s', (prompt, what) => {
    expect(readPictureLife(prompt)[what]).toBe(0);
  });

  it('takes away what the negative prompt names, and nothing else', () => {
    const plain = readPictureLife('a street at night');
    expect(readPictureLife('a street at night, rain', 'rain, blurry')).toEqual(plain);
    expect(readPictureLife('rain and fog', 'rain')).toMatchObject({ rain: 0, fog: readPictureLife('fog').fog });
  });

  it('knows light from heavy', () => {
    expect(readPictureLife('light rain').rain).toBeLessThan(readPictureLife('rain').rain);
    expect(readPictureLife('heavy rain').rain).toBeGreaterThan(readPictureLife('rain').rain);
  });
});

describe('clauses of a prompt', () => {
  it('move the near things for a subject and the far ones for a background', () => {
    const plainScene = readPictureLife('A statue in a park');
    const subject = readPictureLife('A statue in a park. Subject: it hops.');
    const background = readPictureLife('A statue in a park. Background: trees in the wind, light rain.');
    expect([plainScene.sway, plainScene.backSway]).toEqual([0, 0]);
    expect([subject.sway, subject.backSway]).toEqual([0.8, 0]);
    expect([background.sway, background.backSway]).toEqual([0, 0.8]);
    expect([background.rain, background.wind]).toEqual([0.5, 0.75]);
    expect(readPictureLife('A statue. Subject: stays motionless. Background: not moving').sway).toBe(0);
  });
});
