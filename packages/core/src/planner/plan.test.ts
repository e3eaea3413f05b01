import { describe, expect, test } from 'vitest';
import { type Capability, type Catalog, modelCatalog } from '../catalog.ts';
import type { JobSpecOf } from '../job.ts';
import { stepParamsSchemas } from '../plan.ts';
import { plan } from './plan.ts';

const capability = (task: Capability['task'], extra: Partial<Capability> = {}): Capability => ({
  runner: 'cpu',
  kind: 'reference',
  task,
  model: '*',
  ...extra,
});
const tasks = ['text-to-video', 'image-to-video', 'first-last-frame', 'talking-head', 'sound-effect', 'music'] as const;
const cpuCatalog: Catalog = { models: modelCatalog, capabilities: tasks.map((task) => capability(task)) };
const comfyCatalog: Catalog = {
  models: modelCatalog,
  capabilities: [
    ...cpuCatalog.capabilities,
    ...(['text-to-video', 'image-to-video', 'first-last-frame'] as const).map((task) =>
      capability(task, { runner: 'comfyui', kind: 'model', model: 'wan22', maxFrames: 81 }),
    ),
  ],
};

const film = (changes: Partial<JobSpecOf<'generate'>> = {}): JobSpecOf<'generate'> => ({
  kind: 'generate',
  specVersion: 1,
  model: 'wan22',
  scenes: [{ prompt: 'a sea', negativePrompt: '' }],
  canvas: { width: 832, height: 480 },
  frameRate: { numerator: 16, denominator: 1 },
  framesPerScene: 80,
  seed: 1,
  outputName: 'film',
  ...changes,
});
const talk: JobSpecOf<'animate'> = {
  kind: 'animate',
  specVersion: 1,
  model: 'wan22-s2v',
  image: { fileId: 'fil_image' },
  audio: { fileId: 'fil_audio' },
  audioSeconds: 3.37,
  canvas: { width: 512, height: 640 },
  frameRate: { numerator: 25, denominator: 1 },
  seed: 7,
  prompt: '',
  outputName: 'talk',
};

describe('plan', () => {
  test('golden: three scenes of all modes on the cpu', () => {
    const start = { fileId: 'fil_start' };
    const spec = film({
      scenes: [
        { prompt: 'a sea', negativePrompt: 'blurry' },
        { prompt: 'a boat', negativePrompt: '', startFrame: start },
        { prompt: 'a storm', negativePrompt: '', startFrame: start, endFrame: { fileId: 'fil_end' } },
      ],
    });
    expect(plan(spec, cpuCatalog)).toMatchSnapshot();
  });

  test('golden: a picture and a voice on the cpu', () => {
    expect(plan(talk, cpuCatalog)).toMatchSnapshot();
  });

  test('golden: a scene longer than the model is a chain of chunks, each starting from the last frame before', () => {
    const scene = { prompt: 'a sea', negativePrompt: '', startFrame: { fileId: 'fil_a' }, endFrame: { fileId: 'fil_b' } };
    const planned = plan(film({ scenes: [scene], framesPerScene: 200 }), comfyCatalog);
    expect(planned).toMatchSnapshot();
    const clips = planned.steps.flatMap((step) => (step.type === 'assemble-film' ? step.params.clips : []));
    expect(clips.reduce((sum, clip) => sum + clip.frameCount, 0)).toBe(200);
  });

  test('is pure: equal input, equal plan', () => {
    expect(plan(film(), cpuCatalog)).toStrictEqual(plan(film(), cpuCatalog));
  });

  test('scenes have no edges between them', () => {
    const scenes = Array.from({ length: 5 }, () => ({ prompt: 'x', negativePrompt: '' }));
    const { steps } = plan(film({ scenes }), cpuCatalog);
    expect(steps.filter((step) => step.type === 'run-task').map((step) => step.needs)).toStrictEqual([[], [], [], [], []]);
    expect(steps.at(-1)?.needs).toStrictEqual(['scene-1', 'scene-2', 'scene-3', 'scene-4', 'scene-5']);
  });

  test('prefers a real model to the cpu stand-in and gives it the gpu', () => {
    const planned = plan(film(), comfyCatalog);
    expect(planned.runners).toStrictEqual(['comfyui']);
    expect(planned.steps[0]?.resource).toBe('gpu');
  });

  test('every planned step has parameters of its type', () => {
    for (const step of [...plan(film(), cpuCatalog).steps, ...plan(talk, cpuCatalog).steps])
      expect(stepParamsSchemas[step.type].parse(step.params)).toStrictEqual(step.params);
  });

  test('the frames of a talking film cover its sound to the end', () => {
    const [step] = plan(talk, cpuCatalog).steps;
    expect(step?.type === 'run-task' && step.params.task).toMatchObject({ frameCount: 85 });
  });

  test('effects and music are tracks beside the scenes, as long as the film that they are mixed under', () => {
    const music = { model: 'ace-step', tags: 'jazz', lyrics: '[Inst]', bpm: 85, keyscale: 'Eb minor' };
    const scenes = [
      { prompt: 'a', negativePrompt: '' },
      { prompt: 'b', negativePrompt: '' },
    ];
    const steps = plan(film({ scenes, music, soundEffects: { model: 'sound-effects', prompt: 'rain' } }), cpuCatalog).steps;
    expect(steps.map(({ key }) => key)).toStrictEqual(['scene-1', 'scene-2', 'sound', 'music', 'film']);
    const [sound, song, last] = steps.slice(2);
    if (sound?.type !== 'run-task' || song?.type !== 'run-task' || last?.type !== 'assemble-film')
      throw new Error('another plan');
    expect(sound).toMatchObject({ needs: [], params: { task: { type: 'sound-effect', prompt: 'rain', durationSeconds: 10 } } });
    expect(song).toMatchObject({ needs: [], params: { task: { type: 'music', ...music, durationSeconds: 10, seed: 1 } } });
    expect(last.needs).toStrictEqual(['scene-1', 'scene-2', 'sound', 'music']);
    expect(last.params.audio).toBeUndefined();
    expect(last.params.tracks).toMatchObject([
      { source: { fromStep: 'sound' }, role: 'effects', startSeconds: 0, seconds: 10 },
      { source: { fromStep: 'music' }, role: 'music', startSeconds: 0, seconds: 10 },
    ]);
    for (const { type, params } of steps) expect(stepParamsSchemas[type].parse(params)).toStrictEqual(params);
  });

  test('effects of each scene lie under it alone', () => {
    const scenes = [
      { prompt: 'a', negativePrompt: '' },
      { prompt: 'b', negativePrompt: '' },
    ];
    const soundEffects = { model: 'sound-effects', prompt: '', negativePrompt: 'wind', scenePrompts: ['rain', 'fire'] };
    const steps = plan(film({ scenes, soundEffects }), cpuCatalog).steps;
    expect(steps.map(({ key }) => key)).toStrictEqual(['scene-1', 'scene-2', 'sound-1', 'sound-2', 'film']);
    expect(steps[3]).toMatchObject({ params: { task: { prompt: 'fire', negativePrompt: 'wind', durationSeconds: 5 } } });
    expect(steps[4]).toMatchObject({
      params: {
        tracks: [
          { startSeconds: 0, seconds: 5 },
          { startSeconds: 5, seconds: 5 },
        ],
      },
    });
  });

  test('a tool that makes sound says in which form it is wanted', () => {
    const task = {
      type: 'sound-effect',
      model: 'sound-effects',
      prompt: 'x',
      negativePrompt: '',
      durationSeconds: 1,
      seed: 0,
    } as const;
    const spec = { kind: 'tool', specVersion: 1, inputs: {}, outputName: 'x', task } as const;
    expect(plan({ ...spec, audioFormat: 'mp3' }, cpuCatalog).steps[0]).toMatchObject({ params: { audioFormat: 'mp3' } });
    expect(plan(spec, cpuCatalog).steps[0]?.params).not.toHaveProperty('audioFormat');
  });

  test('golden: an enlarged film at twice the rate is refined scene by scene before it is joined', () => {
    const scenes = ['a sea', 'a boat'].map((prompt) => ({ prompt, negativePrompt: '' }));
    const tools = (['upscale-video', 'interpolate'] as const).map((task) => capability(task, { runner: 'tool', kind: 'tool' }));
    const catalog = { models: modelCatalog, capabilities: [...cpuCatalog.capabilities, ...tools] };
    const spec = film({ scenes, upscaleFactor: 2, outputFrameRate: { numerator: 32, denominator: 1 } });
    const planned = plan(spec, catalog);
    expect(planned).toMatchSnapshot();
    for (const step of planned.steps) expect(stepParamsSchemas[step.type].parse(step.params)).toStrictEqual(step.params);
    expect(() => plan(spec, cpuCatalog)).toThrow(expect.objectContaining({ kind: 'backend_unavailable' }));
  });

  test('a model with a rate of its own generates at that, and the frames between are made', () => {
    const tools = [capability('interpolate', { runner: 'tool', kind: 'tool' })];
    const spec = film({ frameRate: { numerator: 24, denominator: 1 }, framesPerScene: 192 });
    const planned = plan(spec, { models: modelCatalog, capabilities: [...comfyCatalog.capabilities, ...tools] });
    const tasks = planned.steps.flatMap((step) => (step.type === 'run-task' ? [step.params.task] : []));
    expect(tasks).toMatchObject([
      { type: 'text-to-video', frameRate: { numerator: 16, denominator: 1 }, frameCount: 81 },
      { type: 'interpolate', frameRate: { numerator: 24, denominator: 1 }, frameCount: 120 },
      { type: 'image-to-video', frameRate: { numerator: 16, denominator: 1 }, frameCount: 48 },
      { type: 'interpolate', frameRate: { numerator: 24, denominator: 1 }, frameCount: 72 },
    ]);
    expect(planned.runners).toStrictEqual(['comfyui', 'tool']);
  });

  test.each([
    ['an unknown model', () => plan(film({ model: 'nope' }), cpuCatalog), { kind: 'invalid_request', code: 'unknown_model' }],
    [
      'an end frame alone',
      () => plan(film({ scenes: [{ prompt: 'x', negativePrompt: '', endFrame: { fileId: 'f' } }] }), cpuCatalog),
      { kind: 'invalid_request', code: 'end_frame_alone' },
    ],
    [
      'what no worker can do',
      () => plan(film(), { models: modelCatalog, capabilities: [] }),
      { kind: 'backend_unavailable', code: 'no_capable_worker' },
    ],
    [
      'a mode the model does not know',
      () => plan({ ...talk, model: 'wan22' }, cpuCatalog),
      { kind: 'invalid_request', code: 'unsupported_mode' },
    ],
    [
      'a tool task without its inputs',
      () =>
        plan(
          {
            kind: 'tool',
            specVersion: 1,
            inputs: {},
            outputName: 'x',
            task: {
              type: 'image-to-video',
              model: 'wan22',
              canvas: { width: 64, height: 64 },
              frameRate: { numerator: 16, denominator: 1 },
              frameCount: 5,
              seed: 0,
              prompt: '',
              negativePrompt: '',
            },
          },
          cpuCatalog,
        ),
      { kind: 'invalid_request', code: 'missing_input' },
    ],
  ])('refuses %s', (_what, run, expected) => {
    expect(run).toThrow(expect.objectContaining(expected));
  });

  test('draws a timeline in one step that knows the files of the account, with time for its length', () => {
    const edit = { timeline: { tracks: [] } };
    const spec: JobSpecOf<'timeline'> = { kind: 'timeline', specVersion: 1, edit, outputName: 'x' };
    const files = { 'asset://a': { fileId: 'fil_a' } };
    const { steps, runners } = plan({ ...spec, files, durationSeconds: 100 }, cpuCatalog);
    expect(steps).toMatchObject([
      { type: 'render-timeline', resource: 'cpu', params: { document: edit, files, outputName: 'x' }, timeoutSeconds: 12_000 },
    ]);
    expect(runners).toEqual([]);
    expect(plan(spec, cpuCatalog).steps).toMatchObject([{ timeoutSeconds: 7200, weight: 60 }]);
  });
});
