import { splitWords } from './split-script.ts';
import { type Story, type StoryPart, storyParts, type TimedWord } from './story.ts';

export interface TimedBeat {
  readonly startSeconds: number;
  /** Of what is said or shown, without the pause after it. */
  readonly endSeconds: number;
  /** In the film's time; empty for a silent beat. */
  readonly words: readonly TimedWord[];
}

export interface TimedStory {
  readonly beats: readonly TimedBeat[];
  readonly totalSeconds: number;
}

/** Finds what was made. Undefined: it is not there. */
export type FindPart = (name: string) => StoryPart | undefined;

/** When each beat is heard: spoken ones last as long as their sound, recorded ones lie where they were said. */
export function timeStory(story: Story, find: FindPart): TimedStory {
  let at = story.leadSeconds;
  const beats = story.beats.map((beat, index): TimedBeat => {
    const [first] = beat.words ?? [];
    if (beat.words !== undefined && first !== undefined) {
      const last = beat.words.at(-1) ?? first;
      return { startSeconds: first.startSeconds, endSeconds: last.endSeconds, words: beat.words };
    }
    const spoken = story.narration !== undefined && beat.text !== '';
    const startSeconds = at;
    const endSeconds = at + (spoken ? lengthOf(storyParts.voice(index), find) : (beat.seconds ?? 0));
    at = endSeconds + beat.pauseSeconds;
    return { startSeconds, endSeconds, words: spoken ? spreadWords(splitWords(beat.text), startSeconds, endSeconds) : [] };
  });
  const end = beats.reduce((latest, { endSeconds }) => Math.max(latest, endSeconds), 0);
  return { beats, totalSeconds: story.recording?.seconds ?? end + story.tailSeconds };
}

function lengthOf(name: string, find: FindPart): number {
  const seconds = find(name)?.durationSeconds;
  if (seconds === undefined || seconds <= 0) throw new Error(`${name} has no length`);
  return seconds;
}

/** A comma is a breath, and the end of a sentence a longer one: counted as so many letters more. */
const breathLetters = (word: string): number =>
  /[.!?…。！？]["”’)]*$/u.test(word) ? 4 : /[,;:–—，、；：]["”’)]*$/u.test(word) ? 3 : 1;

/** Each word takes its share of the time by its letters. */
export function spreadWords(words: readonly string[], startSeconds: number, endSeconds: number): TimedWord[] {
  const weights = words.map((word, index) => [...word].length + (index === words.length - 1 ? 0 : breathLetters(word)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  const at = (): number => startSeconds + ((endSeconds - startSeconds) * before) / Math.max(1, total);
  return words.map((text, index) => {
    const start = at();
    before += weights[index] ?? 0;
    return { text, startSeconds: start, endSeconds: at() };
  });
}
