import { expect, it } from 'vitest';
import { cameraSentence } from './direct-prompt.ts';

it.each([
  ['Dolly', 'The camera dollies in'],
  ['Dolly (In)', 'The camera dollies in'],
  ['dolly out', 'The camera dollies out'],
  ['Zoom (Out)', 'The lens zooms out'],
  ['Pan', 'The camera pans right'],
  ['PAN LEFT', 'The camera pans left'],
  ['Truck (Left)', 'The camera trucks left'],
  ['Tilt (Downwards)', 'The camera tilts down'],
  ['Vertigo', 'Vertigo effect: the camera dollies in. The lens zooms out'],
  ['OverTheShoulder', 'Over-the-shoulder shot. The camera orbits right'],
  ['Over The Shoulder (Left)', 'Over-the-shoulder shot. The camera orbits left'],
  ['POV', 'First-person point of view. The camera moves forward'],
  ['a slow pan across the hills', 'a slow pan across the hills'],
  ['Panning', 'Panning'],
])('puts %s as: %s', (name, sentence) => {
  expect(cameraSentence(name)).toBe(sentence);
});
