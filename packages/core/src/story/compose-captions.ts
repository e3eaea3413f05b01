import type { Canvas } from '../units.ts';
import type { CaptionLook, Story } from './story.ts';
import type { TimedStory } from './time-story.ts';

const lookHeight = 1080;
const linesMax = 2;
/** Space left free around, as a share of the film. */
const margins = { sides: 0.08, ends: 0.07 } as const;
const wordsMax = 20_000;

/** One track with every word at its time; none where nobody speaks or captions are not wanted. */
export function composeCaptions(story: Story, timed: TimedStory, canvas: Canvas): { clips: object[] }[] {
  const look = story.look.captions;
  const words = timed.beats
    .flatMap((beat) => beat.words)
    .slice(0, wordsMax)
    .map(({ text, startSeconds, endSeconds }) => ({ text: text.slice(0, 200), start: startSeconds, end: endSeconds }));
  if (look === null || words.length === 0) return [];
  const asset = { type: 'rich-caption', words, ...drawLook(look, canvas), maxLines: linesMax };
  const box = {
    width: Math.round(canvas.width * (1 - 2 * margins.sides)),
    height: Math.round(canvas.height * (1 - 2 * margins.ends)),
  };
  return [{ clips: [{ asset, start: 0, length: 'end', ...box }] }];
}

function drawLook(look: CaptionLook, canvas: Canvas): object {
  const scale = Math.min(canvas.width, canvas.height) / lookHeight;
  const pixels = (value: number): number => Math.max(1, Math.round(value * scale * 10) / 10);
  const size = Math.min(500, pixels(look.fontPixels));
  const { ground, stroke, spokenColor, spokenStrokeColor } = look;
  const isWordGround = ground?.form === 'word';
  const corner = ground === null ? 0 : Math.round((ground.cornerRatio * size) / 2);
  return {
    font: {
      ...(look.fontFamily !== undefined && { family: look.fontFamily }),
      size,
      weight: look.fontWeight,
      color: look.color,
    },
    align: { horizontal: look.align, vertical: look.position },
    ...(stroke && { stroke: { width: pixels(stroke.pixels), color: stroke.color } }),
    ...(ground &&
      !isWordGround && {
        background: {
          color: ground.color,
          opacity: ground.opacityRatio,
          borderRadius: corner,
          wrap: ground.form === 'lines',
          padding: Math.round(size / 4),
        },
      }),
    active: {
      font: { color: spokenColor ?? look.color, ...(isWordGround && ground && { background: ground.color }) },
      ...(spokenStrokeColor && { stroke: { width: pixels(stroke?.pixels ?? 4), color: spokenStrokeColor } }),
    },
    animation: { style: look.keepsSpokenColor ? 'karaoke' : 'highlight' },
  };
}
