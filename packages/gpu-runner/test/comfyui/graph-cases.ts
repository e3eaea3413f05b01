import type { RunnerTask, RunnerTaskOf } from '@polyreel/core';
import { modelFiles, type GraphPolicy, type TaskSources } from '../../src/backends/comfyui/graphs/index.ts';

export interface GraphCase {
  readonly name: string;
  readonly task: RunnerTask;
  readonly sources: TaskSources;
  readonly policy: GraphPolicy;
  /** Files that this server is taken to lack, so that another recipe is chosen. */
  readonly missing?: readonly string[];
  /** Too slow or too large for a CPU. */
  readonly isOnlyValidated?: true;
}

/** Every graph once, as small as the models take it. */
export function graphCases(prompt: string): readonly GraphCase[] {
  const auto: GraphPolicy = { quality: 'auto', allowNonCommercial: false };
  const best: GraphPolicy = { ...auto, quality: 'best' };
  const fast: GraphPolicy = { ...auto, quality: 'fast' };
  const canvas = { width: 64, height: 64 };
  const frameRate = { numerator: 16, denominator: 1 };
  const clip = { model: 'wan22', canvas, frameRate, frameCount: 5, seed: 1, prompt, negativePrompt: '' };
  const text: RunnerTaskOf<'text-to-video'> = { type: 'text-to-video', ...clip };
  const image: RunnerTaskOf<'image-to-video'> = { type: 'image-to-video', ...clip };
  const between: RunnerTaskOf<'first-last-frame'> = { type: 'first-last-frame', ...clip };
  const talking: RunnerTaskOf<'talking-head'> = {
    ...{ type: 'talking-head', model: 'wan22-s2v', canvas, frameRate, frameCount: 76, seed: 1, prompt },
  };
  const effect: RunnerTaskOf<'sound-effect'> = {
    ...{ type: 'sound-effect', model: 'sound-effects', prompt, negativePrompt: '', durationSeconds: 1, seed: 1 },
  };
  const picture: RunnerTaskOf<'image'> = { type: 'image', model: 'z-image-turbo', canvas, seed: 1, prompt, negativePrompt: '' };
  const source = { size: { width: 96, height: 64 }, frameCount: 4, frameRate: { numerator: 12, denominator: 1 } };
  const film = { canvas: { width: 192, height: 128 }, frameRate: source.frameRate, frameCount: source.frameCount };
  const of = (name: string, task: RunnerTask, more: Partial<GraphCase> = {}): GraphCase => ({
    ...{ name, task, sources: { roles: [] }, policy: auto },
    ...more,
  });
  const ofFilm = { sources: { roles: ['video'], film: source } } as const;
  const negativePrompt = 'people';
  return [
    of('Wan 2.2 t2v, fast', text),
    of('Wan 2.2 t2v, best', text, { policy: best }),
    of('Wan 2.2 t2v, mixed', { ...text, negativePrompt }),
    of('Wan 2.2 t2v, 72x40', { ...text, canvas: { width: 72, height: 40 }, frameCount: 9 }),
    of('Wan 2.2 i2v, fast', image),
    of('Wan 2.2 i2v, best', image, { policy: best }),
    of('Wan 2.2 i2v, mixed', { ...image, negativePrompt }),
    of('Wan 2.2 first-last-frame, fast', between),
    of('Wan 2.2 first-last-frame, best', between, { policy: best }),
    of('Wan 2.2 first-last-frame, mixed', { ...between, negativePrompt }),
    of(
      'Wan 2.2 i2v, asked: 6 steps, cfg 5',
      { ...image, samplerSteps: 6, guidance: 5 },
      {
        missing: [modelFiles.wan21Small[1], modelFiles.wan21Large[1]],
      },
    ),
    of('Wan 2.2 5B t2v', { ...text, samplerSteps: 2 }, { missing: [modelFiles.t2vHigh[1]] }),
    of(
      'Wan 2.2 5B i2v',
      { ...image, samplerSteps: 2 },
      {
        missing: [modelFiles.i2vHigh[1], modelFiles.wan21Small[1], modelFiles.wan21Large[1]],
      },
    ),
    of('Wan 2.1 i2v with CLIP vision, asked: 6 steps, cfg 7.5', { ...image, samplerSteps: 6, guidance: 7.5 }),
    of('Wan 2.2 S2V, one chunk', talking, { policy: fast }),
    of('Wan 2.2 S2V, two chunks', { ...talking, frameCount: 140 }, { policy: fast }),
    of('InfiniteTalk', talking, { missing: [modelFiles.s2v[1]] }),
    of('ACE-Step 1.5', {
      ...{
        type: 'music',
        model: 'ace-step',
        tags: 'calm',
        lyrics: '',
        bpm: 85,
        keyscale: 'Eb minor',
        durationSeconds: 1,
        seed: 1,
      },
    }),
    of('Stable Audio 3', effect),
    of('Stable Audio 3 Base', { ...effect, negativePrompt }),
    of('MMAudio', effect, { policy: { ...auto, allowNonCommercial: true }, missing: [modelFiles.stableAudio[1]] }),
    of('Z-Image Turbo', picture),
    of('Z-Image Turbo, from a picture', picture, { sources: { roles: ['image'] } }),
    of('upscale, picture', { type: 'upscale-image', model: 'upscaler', canvas: { width: 192, height: 192 } }),
    of('upscale, film', { type: 'upscale-video', model: 'upscaler', ...film }, ofFilm),
    of('RIFE', { type: 'interpolate', model: 'interpolator', ...film, frameRate: { numerator: 24, denominator: 1 } }, ofFilm),
    of('BiRefNet, picture', { type: 'cut-out-image', model: 'cut-out' }),
    of('BiRefNet, film', { type: 'cut-out-video', model: 'cut-out', ...film }, ofFilm),
  ];
}
