import { describe, expect, it } from 'vitest';
import { groupWords, splitScript, splitWords } from './split-script.ts';
import { composeStory } from './compose-story.ts';
import { partNames, type Story, storyParts } from './story.ts';
import { spreadWords, timeStory } from './time-story.ts';
import { visualTimes } from './compose-story.ts';

const texts = (script: string, language = 'en') => splitScript(script, language).map(({ text }) => text);

describe('a script', () => {
  it('is cut into its sentences to the letter, not after titles, initials or numbers', () => {
    expect(texts('Dr. Smith lives at no. 5. He pays $3.50 a day! "Does he?" Yes... J. K. Rowling wrote it.')).toEqual([
      'Dr. Smith lives at no. 5.',
      'He pays $3.50 a day!',
      '"Does he?"',
      'Yes...',
      'J. K. Rowling wrote it.',
    ]);
  });

  it('keeps signs that nobody can say with what stands before them, and drops none that can be said', () => {
    expect(texts('Hello there. 🙂 !!! Bye.')).toEqual(['Hello there. 🙂 !!!', 'Bye.']);
    expect(texts('🙂')).toEqual([]);
    expect(texts('東京は大きい。とても。', 'ja')).toEqual(['東京は大きい。', 'とても。']);
  });

  it('says where paragraphs end', () => {
    expect(splitScript('One. Two.\n\nThree.', 'en').map(({ endsParagraph }) => endsParagraph)).toEqual([false, true, true]);
  });

  it('shows titles with the name that they belong to, and languages without spaces by their words', () => {
    expect(splitWords('Ask Dr. Smith now')).toEqual(['Ask', 'Dr.\u00a0Smith', 'now']);
    expect(splitWords('東京は大きい。', 'ja').join('')).toBe('東京は大きい。');
    expect(splitWords('東京は大きい。', 'ja').length).toBeGreaterThan(1);
  });
});

it('words of a recording belong together until a sentence ends or somebody pauses', () => {
  const at = (text: string, startSeconds: number) => ({ text, startSeconds, endSeconds: startSeconds + 0.3 });
  const groups = groupWords([at('One', 0), at('two.', 0.4), at('Three', 0.8), at('four', 2)]);
  expect(groups.map((group) => group.map(({ text }) => text).join(' '))).toEqual(['One two.', 'Three', 'four']);
});

const picture = { type: 'picture', model: 'z', canvas: { width: 64, height: 64 }, prompt: 'x' } as const;
const story: Story = {
  title: 'A story',
  beats: [
    { text: 'One.', visual: 0, pauseSeconds: 0.5 },
    { text: 'Two two.', visual: 0, pauseSeconds: 0.5 },
    { text: '', visual: 1, pauseSeconds: 0, seconds: 2 },
    { text: 'Three.', visual: 2, pauseSeconds: 0 },
  ],
  visuals: [picture, picture, { type: 'file', file: { fileId: 'fil_own' }, family: 'video' }, picture],
  narration: { model: 'speech', voice: 'en-us-female', speedRatio: 1 },
  inserts: [
    { startSeconds: 1, endSeconds: 3, visual: 3 },
    { startSeconds: 90, endSeconds: 95, visual: 3 },
  ],
  music: { source: { file: { fileId: 'fil_song' } }, volumeRatio: 0.3 },
  leadSeconds: 1,
  tailSeconds: 1,
  look: {
    captions: {
      ...{ fontPixels: 64, fontWeight: 700, color: '#ffffff', align: 'center', position: 'bottom', stroke: null },
      ...{ ground: null, spokenColor: '#ff0000', spokenStrokeColor: null, keepsSpokenColor: true },
    },
    transition: 'fade',
    isZooming: true,
  },
  seed: 1,
};
const lengths: Record<string, number> = { 'voice-1': 2, 'voice-2': 3, 'voice-4': 1 };
const find = (name: string) =>
  partNames(story).includes(name) ? { fileId: `fil_${name}`, durationSeconds: lengths[name] } : undefined;

describe('a story', () => {
  it('lasts as long as its voices and silences, with each word inside its beat and in order', () => {
    const { beats, totalSeconds } = timeStory(story, find);
    expect(beats.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
      [1, 3],
      [3.5, 6.5],
      [7, 9],
      [9, 10],
    ]);
    expect(totalSeconds).toBe(11);
    const words = beats.flatMap((beat) => beat.words);
    expect(words.map(({ text }) => text)).toEqual(['One.', 'Two', 'two.', 'Three.']);
    for (const [index, word] of words.entries())
      expect(word.startSeconds).toBeGreaterThanOrEqual(words[index - 1]?.endSeconds ?? 0);
  });

  it('shows something from its first frame to its last, each visual until the next', () => {
    const shown = visualTimes(story, timeStory(story, find));
    expect(shown).toEqual([
      { visual: 0, startSeconds: 0, endSeconds: 7 },
      { visual: 1, startSeconds: 7, endSeconds: 9 },
      { visual: 2, startSeconds: 9, endSeconds: 11 },
    ]);
  });

  it('becomes an edit that names every part and given file, and cuts inserts at its end', () => {
    const { edit, files } = composeStory(story, find, { canvas: { width: 640, height: 360 } });
    expect(new Set(Object.values(files).map(({ fileId }) => fileId))).toEqual(
      new Set([
        'fil_voice-1',
        'fil_voice-2',
        'fil_voice-4',
        'fil_visual-1',
        'fil_visual-2',
        'fil_visual-4',
        'fil_own',
        'fil_song',
      ]),
    );
    expect(edit).toMatchObject({
      timeline: {
        soundtrack: { src: 'asset://fil_song', loop: true, volume: 0.3 },
        tracks: [
          { clips: [{ asset: { type: 'rich-caption', animation: { style: 'karaoke' } } }] },
          { clips: [{ start: 1, length: 2, asset: { src: 'asset://fil_visual-4' } }] },
          {
            clips: [
              { start: 0, length: 7.6 },
              { start: 7, length: 2.6 },
              { start: 9, length: 2, asset: { volume: 0 } },
            ],
          },
          {
            clips: [
              { start: 1, length: 2 },
              { start: 3.5, length: 3 },
              { start: 9, length: 1 },
            ],
          },
        ],
      },
      output: { size: { width: 640, height: 360 } },
    });
  });

  it('never passes over a part that is missing', () => {
    expect(() => composeStory(story, () => undefined, { canvas: { width: 64, height: 64 } })).toThrow('voice-1');
    expect(storyParts.visual(3)).toBe('visual-4');
  });
});

it('words share a time by their letters, and fill it', () => {
  const words = spreadWords(['a', 'longer', 'one.'], 1, 3);
  expect(words[0]?.startSeconds).toBe(1);
  expect(words.at(-1)?.endSeconds).toBeCloseTo(3);
  const lengthOf = (index: number) => (words[index]?.endSeconds ?? 0) - (words[index]?.startSeconds ?? 0);
  expect(lengthOf(1)).toBeGreaterThan(lengthOf(0));
});
