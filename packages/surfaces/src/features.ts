import type { RunnerTaskType } from '@polyreel/core';
import { videogen } from './videogen/index.ts';
import { vidgenV1 } from './vidgen-v1/index.ts';
import { vidgenV2 } from './vidgen-v2/index.ts';
import { vidgenie } from './vidgenie/index.ts';
import { vividflow } from './vividflow/index.ts';

/** Something that a surface offers, in its callers' words, and the work without which it cannot be done. */
export interface SurfaceFeature {
  readonly surface: string;
  readonly feature: string;
  readonly task: RunnerTaskType;
  /** Key of the catalog's model. */
  readonly model: string;
}

type Row = readonly [feature: string, task: RunnerTaskType, model: string];

const rows: Readonly<Record<string, readonly Row[]>> = {
  [vidgenV2.name]: [
    ['scenes from prompts', 'text-to-video', 'wan22'],
    ['start_frame', 'image-to-video', 'wan22'],
    ['start_frame and end_frame', 'first-last-frame', 'wan22'],
    ['music', 'music', 'ace-step'],
    ['fx_sound', 'sound-effect', 'sound-effects'],
    ['upscale', 'upscale-video', 'upscaler'],
    ['fps', 'interpolate', 'interpolator'],
  ],
  [vidgenV1.name]: [['talking video', 'talking-head', 'wan22-s2v']],
  [vividflow.name]: [
    ['video from an image', 'image-to-video', 'wan22'],
    ['sound', 'sound-effect', 'sound-effects'],
  ],
  [videogen.name]: [
    ['generate-video-clip', 'text-to-video', 'wan22'],
    ['generate-video-clip from an image', 'image-to-video', 'wan22'],
    ['generate-image', 'image', 'z-image-turbo'],
    ['generate-avatar', 'talking-head', 'wan22-s2v'],
    ['generate-music', 'music', 'ace-step'],
    ['generate-sound-effect', 'sound-effect', 'sound-effects'],
    ['upscaling of videos', 'upscale-video', 'upscaler'],
    ['upscaling of images', 'upscale-image', 'upscaler'],
    ['background removal of images', 'cut-out-image', 'cut-out'],
    ['background removal of videos', 'cut-out-video', 'cut-out'],
    ['vectorising', 'vectorise', 'vectoriser'],
    ['text-to-speech', 'speech', 'speech'],
  ],
  [vidgenie.name]: [
    ['clips of prompts', 'text-to-video', 'wan22'],
    ['clips of prompts and images', 'image-to-video', 'wan22'],
    ['images of prompts', 'image', 'z-image-turbo'],
    ['music of prompts', 'music', 'ace-step'],
    ['speech of texts', 'speech', 'speech'],
  ],
};

/** What each of the surfaces offers beyond cutting and mixing. */
export const surfaceFeatures = (enabled: readonly string[]): SurfaceFeature[] =>
  enabled.flatMap((surface) => (rows[surface] ?? []).map(([feature, task, model]) => ({ surface, feature, task, model })));
