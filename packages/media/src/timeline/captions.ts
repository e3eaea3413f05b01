import { DomainError } from '@polyreel/core';

/** Words with their times in seconds of the subtitle's own clock. */
export interface TimedWord {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly endsLine: boolean;
}

export interface TimedCue {
  readonly from: number;
  readonly to: number;
  readonly words: readonly TimedWord[];
}

const MAX_CUES = 20_000;

/** Reads srt, vtt or ass, told apart by content. Cues come in order of time. Throws DomainError for what is none of them. */
export const parseCaptions = (text: string): TimedCue[] => {
  const body = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const cues = /^WEBVTT/.test(body) ? parseVtt(body) : /^\s*\[Script Info\]/im.test(body) ? parseAss(body) : parseSrt(body);
  if (cues.length === 0) throw unreadable('no cue with a time was found');
  if (cues.length > MAX_CUES) throw unreadable(`${cues.length} cues are more than ${MAX_CUES}`);
  return cues.sort((a, b) => a.from - b.from);
};

const unreadable = (why: string): DomainError =>
  new DomainError('unsupported_media', `the captions could not be read: ${why}`, { code: 'captions_unreadable' });

const clockPattern = String.raw`(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})`;
const arrowPattern = new RegExp(String.raw`^\s*${clockPattern}\s*-->\s*${clockPattern}`);

const seconds = (parts: readonly (string | undefined)[]): number => {
  const [hours = '0', minutes = '0', whole = '0', fraction = '0'] = parts;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(whole) + Number(fraction.padEnd(3, '0')) / 1000;
};

/** Blocks between empty lines; a block without a time is a header or a note. */
const parseBlocks = (body: string, toWords: (lines: readonly string[], from: number, to: number) => TimedWord[]): TimedCue[] =>
  body.split(/\n{2,}/).flatMap((block) => {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => arrowPattern.test(line));
    const match = arrowPattern.exec(lines[at] ?? '');
    if (match === null) return [];
    const [from, to] = [seconds(match.slice(1, 5)), seconds(match.slice(5, 9))];
    const words = to > from ? toWords(lines.slice(at + 1), from, to) : [];
    return words.length === 0 ? [] : [{ from, to, words }];
  });

const parseSrt = (body: string): TimedCue[] =>
  parseBlocks(body, (lines, from, to) => spreadWords(lines.map((line) => plainText(line)).join('\n'), from, to));

const parseVtt = (body: string): TimedCue[] =>
  parseBlocks(body, (lines, from, to) => {
    const text = lines.join('\n');
    const stamps = [...text.matchAll(new RegExp(`<${clockPattern}>`, 'g'))];
    if (stamps.length === 0) return spreadWords(plainText(text), from, to);
    // Inline times: each stretch belongs to the time before it.
    const times = [from, ...stamps.map((match) => seconds(match.slice(1, 5))), to];
    const parts = text.split(/<(?:\d{1,3}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}>/);
    return parts.flatMap((part, index) => {
      const start = clamp(times[index] ?? from, from, to);
      return spreadWords(plainText(part), start, Math.max(start, clamp(times[index + 1] ?? to, from, to)));
    });
  });

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** Tags (`<i>`, `<c.name>`, `<v Name>`, `{\an8}`) say how it looks, which the edit decides; entities are read. */
const plainText = (text: string): string =>
  text
    .replace(/<\/?[a-zA-Z][^<>]*>/g, '')
    .replace(/\{\\[^{}]*\}/g, '')
    .replace(/&(lt|gt|amp|nbsp|quot|lrm|rlm);/g, (_, name: string) => entities[name] ?? '');
const entities: Readonly<Record<string, string>> = {
  ...{ lt: '<', gt: '>', amp: '&', nbsp: '\u00A0', quot: '"' },
  ...{ lrm: '\u200E', rlm: '\u200F' },
};

/** `Dialogue: layer,start,end,style,...,text` in the order that the `Format:` line gives; `\N` breaks lines, `{\k20}` times syllables. */
const parseAss = (body: string): TimedCue[] => {
  let format = ['layer', 'start', 'end', 'style', 'name', 'marginl', 'marginr', 'marginv', 'effect', 'text'];
  const cues: TimedCue[] = [];
  let isEvents = false;
  for (const line of body.split('\n')) {
    if (line.startsWith('[')) isEvents = /^\[Events\]/i.test(line);
    if (!isEvents) continue;
    if (/^Format:/i.test(line)) {
      format = line
        .slice(7)
        .split(',')
        .map((name) => name.trim().toLowerCase());
    } else if (/^Dialogue:/i.test(line)) {
      const cue = parseDialogue(line.slice(9), format);
      if (cue !== undefined) cues.push(cue);
    }
  }
  return cues;
};

const assClock = /^(\d+):(\d{1,2}):(\d{1,2})[.,](\d{1,3})$/;
const parseDialogue = (line: string, format: readonly string[]): TimedCue | undefined => {
  const fields = line.split(',');
  // The text is the last field and may hold commas.
  const values = [...fields.slice(0, format.length - 1), fields.slice(format.length - 1).join(',')];
  const field = (name: string): string => values[format.indexOf(name)]?.trim() ?? '';
  const [start, end] = [assClock.exec(field('start')), assClock.exec(field('end'))];
  if (start === null || end === null) return undefined;
  const [from, to] = [seconds(start.slice(1, 5)), seconds(end.slice(1, 5))];
  const text = field('text')
    .replace(/\\[Nn]/g, '\n')
    .replace(/\\h/g, '\u00A0');
  const words = to > from ? assWords(text, from, to) : [];
  return words.length === 0 ? undefined : { from, to, words };
};

const assWords = (text: string, from: number, to: number): TimedWord[] => {
  const syllables = [...text.matchAll(/\{[^{}]*\\k[fo]?(\d+)[^{}]*\}([^{]*)/g)];
  if (syllables.length === 0) return spreadWords(plainText(text.replace(/\{[^{}]*\}/g, '')), from, to);
  let at = from;
  return syllables.flatMap((match) => {
    const start = Math.min(at, to);
    at += Number(match[1]) / 100;
    return spreadWords(match[2] ?? '', start, Math.min(at, to));
  });
};

/** Without times of their own, words take their share of the cue by letters. */
export const spreadWords = (text: string, from: number, to: number): TimedWord[] => {
  const lines = text.split('\n').map((line) => line.split(/[ \t]+/).filter((word) => word !== ''));
  const words = lines.flatMap((line) => line.map((word, index) => ({ word, endsLine: index === line.length - 1 })));
  const letters = words.reduce((count, { word }) => count + [...word].length, 0);
  let before = 0;
  return words.map(({ word, endsLine }) => {
    const start = from + ((to - from) * before) / letters;
    before += [...word].length;
    return { text: word, from: start, to: from + ((to - from) * before) / letters, endsLine };
  });
};

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');
const clock = (time: number, separator: string): string => {
  const ms = Math.max(0, Math.round(time * 1000));
  const whole = Math.floor(ms / 1000);
  return `${pad(Math.floor(whole / 3600), 2)}:${pad(Math.floor(whole / 60) % 60, 2)}:${pad(whole % 60, 2)}${separator}${pad(ms % 1000, 3)}`;
};

const cueText = (cue: TimedCue): string =>
  cue.words.map((word, index) => word.text + (index === cue.words.length - 1 ? '' : word.endsLine ? '\n' : ' ')).join('');

export const formatSrt = (cues: readonly TimedCue[]): string =>
  cues.map((cue, index) => `${index + 1}\n${clock(cue.from, ',')} --> ${clock(cue.to, ',')}\n${cueText(cue)}\n`).join('\n');

export const formatVtt = (cues: readonly TimedCue[]): string => {
  const literal = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `WEBVTT\n\n${cues.map((cue) => `${clock(cue.from, '.')} --> ${clock(cue.to, '.')}\n${literal(cueText(cue))}\n`).join('\n')}`;
};
