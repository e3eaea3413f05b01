import { estimateSpeech, groupWords, type JobSpecOf, splitScript, type Story, storyText, type Warning } from '@polyreel/core';
import { defaultRatio, filmCanvas, type Ratio } from '../canvas.ts';
import { clipRate } from '../clip.ts';
import { badParameter } from '../errors.ts';
import { transcriptSchema } from '../file-info.ts';
import { readSeconds, readSize } from '../inputs.ts';
import { readBody } from '../schemas.ts';
import type { Settings } from '../settings.ts';
import type { ToolContext } from '../tools.ts';
import { readExport } from './export-options.ts';
import { type CommonWish, promptClipSchema, type RemixAction, scriptSchema, voiceoverSchema } from './schemas.ts';
import { readNarration, ratioOf, refuseMissing, tellStory } from './told-story.ts';
import { chooseVisuals, groupSentences } from './visuals.ts';

export interface WorkflowRequest {
  readonly spec: JobSpecOf<'story'>;
  readonly inputFileIds: readonly string[];
  readonly ratio: Ratio;
  readonly remixActions: readonly RemixAction[];
  readonly warnings: readonly Warning[];
}

export interface WorkflowContext extends ToolContext {
  readonly settings: Settings;
}

export interface Workflow {
  /** The newest name first. */
  readonly paths: readonly string[];
  readonly workflowType: string;
  read(body: unknown, context: WorkflowContext): Promise<WorkflowRequest>;
}

const unavailable = (workflowType: string, why: string, paths: readonly string[]): Workflow => ({
  paths,
  workflowType,
  read: async () => {
    throw badParameter(`${paths[0]} is not available on this server: ${why}`);
  },
});

/** Section 9.0, with earlier names of the same thing. */
export const workflows: readonly Workflow[] = [
  {
    paths: ['script-to-video', 'add-visuals-narrations-and-captions-to-script'],
    workflowType: 'SCRIPT_TO_VIDEO',
    read: readScript,
  },
  {
    paths: ['voiceover-to-video', 'add-visuals-and-captions-to-voiceover'],
    workflowType: 'VOICEOVER_TO_VIDEO',
    read: readVoiceover,
  },
  { paths: ['prompt-to-video-clip', 'ai-video-clip'], workflowType: 'PROMPT_TO_VIDEO_CLIP', read: readPromptClip },
  unavailable('SLIDESHOW_TO_VIDEO', 'it has no reader for slides (PDF, PowerPoint)', [
    'slideshow-to-video',
    'add-narration-transitions-and-captions-to-slideshow',
  ]),
  unavailable('STORYBOARD_TO_VIDEO', 'use script-to-video with scenes', [
    'storyboard-to-video',
    'generate-scenes-from-storyboard',
  ]),
  unavailable('VIDEO_TO_VIDEO', 'it has no model that edits films', ['video-to-video']),
];

const pauses = { sentence: 0.25, paragraph: 0.6 } as const;
const titleLength = 80;
const titleOf = (text: string): string => {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length <= titleLength ? line : `${line.slice(0, titleLength - 1).trimEnd()}…`;
};

async function readScript(body: unknown, context: WorkflowContext): Promise<WorkflowRequest> {
  const wish = readBody(scriptSchema, body);
  refuseMissing(wish);
  const ratio = ratioOf(wish);
  const { languageCode, ...narration } = readNarration({
    ...{ voiceId: wish.voiceId ?? null, language: wish.language ?? null, voiceSpeed: wish.voiceSpeed ?? null },
  });
  const featured = await context.inputs.files(wish.featuredBRollFileIds ?? [], 'featuredBRollFileIds', ['image', 'video']);
  const sentences = splitScript(wish.script, languageCode);
  if (sentences.length === 0) throw badParameter('script holds nothing that can be said');
  const groups = groupSentences(sentences, {
    ...{ visualPacing: wish.visualPacing, speedRatio: narration.speedRatio, groupsMin: featured.length },
  });
  const { visuals, warnings } = await chooseVisuals(textsOf(sentences, groups), featured, { ratio, wish }, context);
  const story = await tellStory(
    {
      title: titleOf(wish.script),
      beats: sentences.map(({ text, endsParagraph }, index) => ({
        ...{ text, visual: groups[index] ?? 0, pauseSeconds: endsParagraph ? pauses.paragraph : pauses.sentence },
      })),
      visuals,
      narration,
      seconds: sentences.reduce((sum, { text }) => sum + estimateSpeech(text, narration.speedRatio) + pauses.sentence, 1),
    },
    wish,
    ratio,
    context,
  );
  return toRequest({ story, wish, ratio, remixActions: wish.remixActions ?? [], warnings }, context);
}

/** What the sentences of each group say. */
const textsOf = (sentences: readonly { readonly text: string }[], groups: readonly number[]): string[] =>
  sentences.reduce<string[]>((texts, { text }, index) => {
    const group = groups[index] ?? 0;
    texts[group] = texts[group] === undefined ? text : `${texts[group]} ${text}`;
    return texts;
  }, []);

async function readVoiceover(body: unknown, context: WorkflowContext): Promise<WorkflowRequest> {
  const wish = readBody(voiceoverSchema, body);
  refuseMissing(wish);
  const ratio = ratioOf(wish);
  const sound = await context.inputs.file(wish.fileId, 'fileId', 'audio');
  const seconds = readSeconds(sound, 'fileId');
  const transcript = transcriptSchema.safeParse(sound.transcript).data;
  const words = (transcript?.words ?? [])
    .filter(({ startSeconds, endSeconds, word }) => word.trim() !== '' && startSeconds < seconds && endSeconds > startSeconds)
    .map(({ word, startSeconds, endSeconds }) => ({
      text: word.trim(),
      startSeconds,
      endSeconds: Math.min(endSeconds, seconds),
    }));
  if (words.length === 0)
    throw badParameter(
      'fileId: this server cannot recognise speech, and the file has no transcript: give `transcript` when it is uploaded',
    );
  const beats = groupWords(words);
  const sentences = beats.map((one) => ({ text: one.map(({ text }) => text).join(' '), endsParagraph: false }));
  const groups = groupSentences(sentences, { visualPacing: wish.visualPacing, speedRatio: 1, groupsMin: 0 });
  const { visuals, warnings } = await chooseVisuals(textsOf(sentences, groups), [], { ratio, wish }, context);
  const story = await tellStory(
    {
      title: titleOf(sound.displayName),
      beats: beats.map((one, index) => ({
        ...{ text: sentences[index]?.text ?? '', visual: groups[index] ?? 0, pauseSeconds: 0, words: [...one] },
      })),
      visuals,
      recording: { file: { fileId: sound.id }, seconds },
      seconds,
    },
    wish,
    ratio,
    context,
  );
  return toRequest({ story, wish, ratio, remixActions: wish.remixActions ?? [], warnings }, context);
}

const defaultClipSeconds = 10;

async function readPromptClip(body: unknown, context: WorkflowContext): Promise<WorkflowRequest> {
  const wish = readBody(promptClipSchema, body);
  const ratio = wish.aspectRatio ?? defaultRatio;
  const [image, ...others] = await context.inputs.files(wish.imageFileIds ?? [], 'imageFileIds', 'image');
  if (others.length > 0) throw badParameter('imageFileIds: more than one reference image is not available on this server');
  if (image) readSize(image, 'imageFileIds');
  const seconds = wish.durationSeconds ?? defaultClipSeconds;
  const story: Story = {
    title: titleOf(wish.prompt),
    beats: [{ text: '', visual: 0, pauseSeconds: 0, seconds }],
    visuals: [
      {
        ...{ type: 'clip', model: 'wan22', pictureModel: 'z-image-turbo', prompt: wish.prompt },
        ...{ canvas: filmCanvas(ratio, wish.quality ?? 'STANDARD'), frameRate: clipRate },
        frameCount: Math.round((seconds * clipRate.numerator) / clipRate.denominator),
        ...(image && { image: { fileId: image.id } }),
      },
    ],
    ...{ inserts: [], leadSeconds: 0, tailSeconds: 0, seed: context.seed },
    look: { captions: null, transition: 'none', isZooming: false },
  };
  return toRequest({ story, wish, ratio, remixActions: [], warnings: [] }, context);
}

function toRequest(
  { story, wish, ratio, ...more }: Omit<WorkflowRequest, 'spec' | 'inputFileIds'> & { story: Story; wish: CommonWish },
  { outputName, settings }: WorkflowContext,
): WorkflowRequest {
  const film = readExport(wish.exportOptions ?? {}, ratio, settings);
  return {
    ...more,
    ratio,
    inputFileIds: filesOf(story),
    spec: {
      kind: 'story',
      specVersion: 1,
      story,
      outputName,
      ...(wish.autoExport && {
        film,
        results: {
          ...{
            count: 1,
            collection: 'export',
            isTemporary: wish.isOutputTemporary ?? false,
            description: storyText(story) || story.title,
          },
        },
      }),
    },
  };
}

/** Every file of the account's that a story names. */
function filesOf({ visuals, recording, music, look }: Story): string[] {
  const named = [
    ...visuals.flatMap((visual) => (visual.type === 'file' ? [visual.file] : visual.image ? [visual.image] : [])),
    ...(recording ? [recording.file] : []),
    ...(music && 'file' in music.source ? [music.source.file] : []),
    ...(look.logo ? [look.logo.file] : []),
  ];
  return [...new Set(named.map(({ fileId }) => fileId))];
}
