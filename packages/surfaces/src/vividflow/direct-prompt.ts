import type { VeoOptions } from './read-fields.ts';

/** The prompt and the camera's move, by the verbs that video models know and that the reference renderer reads. */
export const shotText = (prompt: string, options: VeoOptions): string =>
  joinSentences([prompt, cameraSentence(options.cameraMotion)]);

/**
 * One text for the model: the shot, as above or enhanced, and what the other options ask: `Subject:` what the foreground does,
 * `Background:` what happens behind it.
 */
export const directPrompt = (shot: string, options: VeoOptions): string =>
  joinSentences([
    shot,
    options.subjectAnimation === '' ? '' : `Subject: ${options.subjectAnimation}`,
    options.environmentalAnimation === '' ? '' : `Background: ${options.environmentalAnimation}`,
  ]);

const joinSentences = (texts: readonly string[]): string =>
  texts
    .filter((text) => text.trim() !== '')
    .map(endSentence)
    .join(' ');

const endSentence = (text: string): string => (/[.!?]\s*$/.test(text) ? text.trim() : `${text.trim()}.`);

/** Sentences by the names of the document's list; the first direction is meant where none is given. */
const moves: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dolly: {
    in: 'The camera dollies in',
    out: 'The camera dollies out',
    left: 'The camera trucks left',
    right: 'The camera trucks right',
  },
  zoom: { in: 'The lens zooms in', out: 'The lens zooms out' },
  pan: { right: 'The camera pans right', left: 'The camera pans left', up: 'The camera tilts up', down: 'The camera tilts down' },
  tilt: { up: 'The camera tilts up', down: 'The camera tilts down' },
  truck: { right: 'The camera trucks right', left: 'The camera trucks left' },
  pedestal: { up: 'The camera cranes up', down: 'The camera cranes down' },
  crane: { up: 'The camera cranes up', down: 'The camera cranes down' },
  orbit: { right: 'The camera orbits right', left: 'The camera orbits left' },
  arc: { right: 'The camera orbits right', left: 'The camera orbits left' },
  vertigo: {
    in: 'Vertigo effect: the camera dollies in. The lens zooms out',
    out: 'Vertigo effect: the camera dollies out. The lens zooms in',
  },
  overtheshoulder: {
    right: 'Over-the-shoulder shot. The camera orbits right',
    left: 'Over-the-shoulder shot. The camera orbits left',
  },
  pov: {
    forward: 'First-person point of view. The camera moves forward',
    back: 'First-person point of view. The camera moves back',
  },
  static: { still: 'The camera is static' },
};

const directionWords: Readonly<Record<string, string>> = {
  ...{
    forwards: 'forward',
    backward: 'back',
    backwards: 'back',
    inward: 'in',
    outward: 'out',
    upward: 'up',
    upwards: 'up',
    downward: 'down',
    downwards: 'down',
  },
};

/** `Dolly (In)`, `pan left`, `OverTheShoulder`; any other text is passed on as it is. */
export function cameraSentence(text: string): string {
  const spoken = text.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const words = spoken.split(/[^a-z]+/).filter((word) => word !== '');
  const names = Object.keys(moves);
  const joined = words.join('');
  const name = names.find((known) => joined === known || words[0] === known) ?? names.find((known) => joined.startsWith(known));
  const directions = name === undefined ? undefined : moves[name];
  if (directions === undefined || name === undefined) return text;
  const rest = joined.slice(name.length);
  if (rest === '') return Object.values(directions)[0] ?? text;
  return directions[directionWords[rest] ?? rest] ?? text;
}
