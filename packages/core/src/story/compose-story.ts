import type { Canvas } from '../units.ts';
import { composeCaptions } from './compose-captions.ts';
import { type Story, type StoryVisual, storyParts } from './story.ts';
import { type FindPart, type TimedStory, timeStory } from './time-story.ts';

/** An edit in the timeline renderer's language, and the files behind the addresses that it names. */
export interface ComposedStory {
  readonly edit: { readonly timeline: object; readonly output: object };
  readonly files: Readonly<Record<string, { readonly fileId: string }>>;
  readonly totalSeconds: number;
}

export interface StoryFilm {
  readonly canvas: Canvas;
  /** Shown in a corner from start to end; absent: none. */
  readonly mark?: string | undefined;
}

const framesPerSecond = 25;
const transitionSeconds = 0.6;
/** How far music goes down while somebody speaks, and how quickly. */
const ducking = { amount: 0.75, attack: 0.15, release: 0.6 } as const;
const loudness = -16;

/** Lays out what was made, timed by the sounds as they are. Pure. Throws for a part that is missing: every part is a step of the job. */
export function composeStory(story: Story, find: FindPart, film: StoryFilm): ComposedStory {
  const files: Record<string, { fileId: string }> = {};
  const use = (file: { readonly fileId: string }): string => {
    const src = `asset://${file.fileId}`;
    files[src] = { fileId: file.fileId };
    return src;
  };
  const made = (name: string): { readonly fileId: string } => {
    const part = find(name);
    if (part === undefined) throw new Error(`${name} was not made`);
    return part;
  };
  const timed = timeStory(story, find);
  const scenery = { story, timed, use, made };
  const tracks = [
    ...markTrack(film),
    ...logoTrack(scenery, film),
    ...composeCaptions(story, timed, film.canvas),
    { clips: insertClips(scenery) },
    { clips: visualClips(scenery) },
    { clips: voiceClips(scenery) },
  ].filter(({ clips }) => clips.length > 0);
  const { music } = story;
  const soundtrack = music && {
    src: use('file' in music.source ? music.source.file : made(storyParts.music)),
    effect: 'fadeInFadeOut',
    volume: music.volumeRatio,
    loop: true,
    duck: ducking,
  };
  return {
    edit: {
      timeline: { background: '#000000', tracks, ...(soundtrack && { soundtrack }) },
      output: { format: 'mp4', size: film.canvas, fps: framesPerSecond, audio: { loudness } },
    },
    files,
    totalSeconds: timed.totalSeconds,
  };
}

interface Scenery {
  readonly story: Story;
  readonly timed: TimedStory;
  use(file: { readonly fileId: string }): string;
  made(name: string): { readonly fileId: string };
}

/** Milliseconds are enough, and read well. */
const seconds = (value: number): number => Math.round(value * 1000) / 1000;

const fileOf = ({ made }: Scenery, visual: StoryVisual, index: number) =>
  visual.type === 'file' ? visual.file : made(storyParts.visual(index));

const isMoving = (visual: StoryVisual): boolean =>
  visual.type === 'clip' || (visual.type === 'file' && visual.family === 'video');

function assetOf(scenery: Scenery, index: number): object {
  const visual = scenery.story.visuals[index];
  if (visual === undefined) throw new Error(`there is no visual ${index}`);
  const src = scenery.use(fileOf(scenery, visual, index));
  // The voice is the sound of a told film; a clip that stands alone keeps its own.
  const isHeard = scenery.story.narration === undefined && scenery.story.recording === undefined;
  return isMoving(visual) ? { type: 'video', src, volume: isHeard ? 1 : 0, onEnd: 'loop' } : { type: 'image', src };
}

interface Shown {
  readonly visual: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** From the start of a visual's first beat to that of the next visual; the first from the start, the last to the end. */
export function visualTimes(story: Story, timed: TimedStory): Shown[] {
  const starts = story.beats.flatMap(({ visual }, index) =>
    index > 0 && story.beats[index - 1]?.visual === visual
      ? []
      : [{ visual, startSeconds: index === 0 ? 0 : (timed.beats[index]?.startSeconds ?? 0) }],
  );
  return starts
    .map((shown, index) => ({ ...shown, endSeconds: starts[index + 1]?.startSeconds ?? timed.totalSeconds }))
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds);
}

/** Each lies a little longer than its time, under the next one, which comes in over it. */
function visualClips(scenery: Scenery): object[] {
  const { story, timed } = scenery;
  const shown = visualTimes(story, timed);
  return shown.map(({ visual, startSeconds, endSeconds }, index) => {
    const next = shown[index + 1];
    const overlap = next && story.look.transition !== 'none' ? overlapOf(next) : 0;
    const name = transitionName(story, index);
    return {
      asset: assetOf(scenery, visual),
      start: seconds(startSeconds),
      length: seconds(endSeconds - startSeconds + overlap),
      fit: 'crop',
      ...zoomOf(scenery, visual, index),
      ...(index > 0 &&
        name !== null && { transition: { in: { name, duration: seconds(overlapOf({ startSeconds, endSeconds })) } } }),
    };
  });
}

const overlapOf = ({ startSeconds, endSeconds }: Pick<Shown, 'startSeconds' | 'endSeconds'>): number =>
  Math.min(transitionSeconds, (endSeconds - startSeconds) / 2);

const dynamic = ['fade', 'slideLeft', 'wipeRight', 'slideUp'] as const;
const transitionNames = { fade: 'fade', rise: 'slideUp', pan: 'slideLeft', pop: 'zoom', wipe: 'wipeRight' } as const;

function transitionName({ look }: Story, index: number): string | null {
  if (look.transition === 'none') return null;
  if (look.transition === 'dynamic') return dynamic[(index - 1) % dynamic.length] ?? 'fade';
  return transitionNames[look.transition];
}

function zoomOf({ story }: Scenery, visual: number, index: number): { effect?: object } {
  const shown = story.visuals[visual];
  if (!story.look.isZooming || shown === undefined || isMoving(shown)) return {};
  return { effect: { name: index % 2 === 0 ? 'zoomInSlow' : 'zoomOutSlow' } };
}

function insertClips(scenery: Scenery): object[] {
  const { story, timed } = scenery;
  return story.inserts
    .filter(({ startSeconds }) => startSeconds < timed.totalSeconds)
    .map(({ startSeconds, endSeconds, visual }, index) => ({
      asset: assetOf(scenery, visual),
      start: seconds(startSeconds),
      length: seconds(Math.min(endSeconds, timed.totalSeconds) - startSeconds),
      fit: 'crop',
      ...zoomOf(scenery, visual, index),
    }));
}

function voiceClips({ story, timed, use, made }: Scenery): object[] {
  const { recording } = story;
  if (recording) return [{ asset: { type: 'audio', src: use(recording.file) }, start: 0, length: seconds(recording.seconds) }];
  return timed.beats.flatMap(({ startSeconds, endSeconds }, index) =>
    story.narration === undefined || story.beats[index]?.text === ''
      ? []
      : [
          {
            asset: { type: 'audio', src: use(made(storyParts.voice(index))) },
            start: seconds(startSeconds),
            length: seconds(endSeconds - startSeconds),
          },
        ],
  );
}

function logoTrack({ story, timed, use }: Scenery, { canvas }: StoryFilm): { clips: object[] }[] {
  const { logo } = story.look;
  if (!logo) return [];
  const inset = {
    x: logo.corner.endsWith('Left') ? 0.04 : logo.corner.endsWith('Right') ? -0.04 : 0,
    y: logo.corner.startsWith('top') ? -0.04 : 0.04,
  };
  const width = Math.max(1, Math.round(canvas.width * logo.widthRatio));
  return [
    {
      clips: [
        {
          asset: { type: 'image', src: use(logo.file) },
          ...{ start: 0, length: seconds(timed.totalSeconds), fit: 'contain', position: logo.corner, offset: inset },
          ...{ width, height: width },
        },
      ],
    },
  ];
}

function markTrack({ canvas, mark }: StoryFilm): { clips: object[] }[] {
  if (mark === undefined) return [];
  const size = Math.max(10, Math.round(Math.min(canvas.width, canvas.height) / 28));
  const asset = {
    type: 'rich-text',
    text: mark,
    font: { family: 'Open Sans', size, weight: 700, color: '#ffffff', opacity: 0.7 },
    align: { horizontal: 'right', vertical: 'bottom' },
    padding: size,
  };
  return [{ clips: [{ asset, start: 0, length: 'end' }] }];
}
