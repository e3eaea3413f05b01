import { modelCatalog, type RunnerTask, type RunnerTaskOf, runnerTaskTypes, StepError } from '@polyreel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuiltGraph, finishGraph, type Graph } from './graph.ts';
import { type Available, modelFiles } from './model-files.ts';
import type { GraphPolicy, TaskSources } from './recipe.ts';
import { recipes } from './recipes.ts';
import { interpolationMultiplier } from './refine.ts';
import { capabilitiesOf, examineRecipes, type SelectedGraphs, selectGraph } from './select-graph.ts';
import { drawnSize, framesAtRate, lengthAtLeast } from './shapes.ts';

const auto: GraphPolicy = { quality: 'auto', allowNonCommercial: false };
const none: TaskSources = { roles: [] };

/** A server with every file of every role, and every node that any graph names. */
const everything: Available = {
  nodes: new Set(
    examineRecipes({ nodes: new Set(), files: new Map() }, { ...auto, allowNonCommercial: true }).flatMap(
      ({ missing }) => missing.nodes,
    ),
  ),
  files: filesOf(Object.values(modelFiles).map(([folder, file]) => [folder, file])),
};

function filesOf(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const files = new Map<string, Set<string>>();
  for (const [folder, file] of pairs) files.set(folder, (files.get(folder) ?? new Set()).add(file));
  return files;
}

const without = (available: Available, ...missing: readonly string[]): Available => ({
  nodes: new Set([...available.nodes].filter((node) => !missing.includes(node))),
  files: filesOf(
    [...available.files].flatMap(([folder, files]) =>
      [...files].filter((file) => !missing.includes(file)).map((file): [string, string] => [folder, file]),
    ),
  ),
});

const clip = {
  ...{ model: 'wan22', canvas: { width: 832, height: 480 }, frameRate: { numerator: 16, denominator: 1 } },
  ...{ frameCount: 81, seed: 7, prompt: 'a lighthouse in a storm', negativePrompt: '' },
} as const;
const text: RunnerTaskOf<'text-to-video'> = { type: 'text-to-video', ...clip };
const image: RunnerTaskOf<'image-to-video'> = { type: 'image-to-video', ...clip };
const between: RunnerTaskOf<'first-last-frame'> = { type: 'first-last-frame', ...clip };
const talking: RunnerTaskOf<'talking-head'> = {
  ...{ type: 'talking-head', model: 'wan22-s2v', canvas: { width: 640, height: 640 } },
  ...{ frameRate: { numerator: 25, denominator: 1 }, frameCount: 250, seed: 3, prompt: 'a woman reads the news' },
};
const effect: RunnerTaskOf<'sound-effect'> = {
  ...{ type: 'sound-effect', model: 'sound-effects', prompt: 'glass breaking', negativePrompt: '' },
  ...{ durationSeconds: 5, seed: 1 },
};
const music: RunnerTaskOf<'music'> = {
  ...{ type: 'music', model: 'ace-step', tags: 'rock, loud', lyrics: '[verse]\nHello', bpm: 85, keyscale: 'eb minor' },
  ...{ durationSeconds: 10, seed: 1 },
};
const picture: RunnerTaskOf<'image'> = {
  ...{ type: 'image', model: 'z-image-turbo', canvas: { width: 1024, height: 1024 }, seed: 1 },
  ...{ prompt: 'a pear', negativePrompt: '' },
};
const film = { canvas: { width: 832, height: 480 }, frameRate: { numerator: 32, denominator: 1 }, frameCount: 81 } as const;
const sourceFilm: TaskSources = {
  roles: ['video'],
  film: { size: { width: 832, height: 480 }, frameCount: 41, frameRate: { numerator: 16, denominator: 1 } },
};
const cutOut: RunnerTaskOf<'cut-out-video'> = { type: 'cut-out-video', model: 'cut-out', ...film };

function select(task: RunnerTask, options: { policy?: GraphPolicy; sources?: TaskSources; available?: Available } = {}) {
  const { policy = auto, sources = none, available = everything } = options;
  return selectGraph(task, available, { policy, sources });
}

function ready(...args: Parameters<typeof select>): SelectedGraphs {
  const selected = select(...args);
  if (!selected.isReady) throw new Error(`not ready: ${JSON.stringify(selected.missing)}`);
  return selected;
}

function only(...args: Parameters<typeof select>): BuiltGraph {
  const { parts } = ready(...args);
  const [part] = parts;
  if (part === undefined || parts.length !== 1) throw new Error(`${parts.length} parts`);
  return part;
}

const inputsOf = (graph: Graph, classType: string): Readonly<Record<string, unknown>>[] =>
  Object.values(graph).flatMap(({ class_type, inputs }) => (class_type === classType ? [inputs] : []));

/** Links to nodes that are not there. */
const brokenLinks = (graph: Graph): string[] =>
  Object.entries(graph).flatMap(([id, { inputs }]) =>
    Object.entries(inputs).flatMap(([input, value]) =>
      Array.isArray(value) && !(String(value[0]) in graph) ? [`${id}.${input}`] : [],
    ),
  );

/** A line a node. */
const render = ({ recipe, parts, warnings }: SelectedGraphs): string =>
  [
    `${recipe} ${JSON.stringify(warnings)}`,
    ...parts.flatMap(({ graph, needs, ...facts }) => [
      '',
      JSON.stringify(facts),
      ...needs.files.map((pair) => pair.join('/')),
      ...Object.entries(graph).map(([id, { class_type, inputs }]) => `${id} ${class_type} ${JSON.stringify(inputs)}`),
    ]),
    '',
  ].join('\n');

describe('graphs as they are posted', () => {
  const best: GraphPolicy = { ...auto, quality: 'best' };
  const fast: GraphPolicy = { ...auto, quality: 'fast' };
  const golden: readonly (readonly [string, ...Parameters<typeof ready>])[] = [
    ['wan22-t2v-fast', text],
    ['wan22-t2v-best', text, { policy: best }],
    ['wan22-t2v-mixed', { ...text, negativePrompt: 'people' }],
    ['wan22-i2v-fast', image],
    ['wan22-i2v-best', image, { policy: best }],
    ['wan22-i2v-mixed', { ...image, negativePrompt: 'people' }],
    ['wan22-flf-fast', between],
    ['wan22-flf-best', between, { policy: best }],
    ['wan22-flf-mixed', { ...between, negativePrompt: 'people' }],
    ['wan21-i2v-asked', { ...image, canvas: { width: 1280, height: 720 }, guidance: 7.5, samplerSteps: 30, seed: 42 }],
    ['wan22-5b-t2v', text, { available: without(everything, modelFiles.t2vHigh[1]) }],
    ['wan22-5b-i2v', image, { available: without(everything, modelFiles.i2vHigh[1]) }],
    ['s2v-10s', talking],
    ['s2v-10s-fast', talking, { policy: fast }],
    ['s2v-130s', { ...talking, frameCount: 3250 }],
    ['infinite-talk-10s', talking, { available: without(everything, modelFiles.s2v[1]) }],
    ['infinite-talk-130s', { ...talking, frameCount: 3250 }, { available: without(everything, modelFiles.s2v[1]) }],
    ['ace-step', music],
    ['stable-audio', effect],
    ['stable-audio-base', { ...effect, negativePrompt: 'music' }],
    ['mmaudio', effect, { policy: { ...auto, allowNonCommercial: true }, sources: { roles: ['video'] } }],
    ['z-image', picture],
    ['z-image-changed', picture, { sources: { roles: ['image'] } }],
    ['upscale-image', { type: 'upscale-image', model: 'upscaler', canvas: { width: 1664, height: 960 } }],
    ['upscale-video', { type: 'upscale-video', model: 'upscaler', ...film }],
    ['interpolate', { type: 'interpolate', model: 'interpolator', ...film }, { sources: sourceFilm }],
    ['cut-out-image', { type: 'cut-out-image', model: 'cut-out' }],
    ['cut-out-video', cutOut, { sources: sourceFilm }],
  ];
  for (const [name, ...args] of golden)
    it(`${name} is the graph on file`, async () => {
      await expect(render(ready(...args))).toMatchFileSnapshot(`golden/${name}.golden`);
    });
  it('link only to nodes that are there, and name every input where it is put', () => {
    for (const [name, ...args] of golden)
      for (const part of ready(...args).parts) {
        expect(brokenLinks(part.graph), name).toEqual([]);
        for (const { nodeId, input } of part.inputs) expect(part.graph[nodeId]?.inputs, name).toHaveProperty(input, '');
        expect(part.graph[part.outputNodeId]?.inputs, name).toHaveProperty('filename_prefix', '');
      }
  });
});

describe('a prompt', () => {
  it('gets names and prefix by node, whatever the words say', () => {
    const built = only({ ...image, prompt: '"40" {{image}} ["1",0] %width%' });
    const graph = finishGraph(built, { outputPrefix: 'job/attempt', names: ['in/start.png'] });
    expect(graph['40']?.inputs).toEqual({ image: 'in/start.png' });
    expect(graph[built.outputNodeId]?.inputs).toMatchObject({ filename_prefix: 'job/attempt' });
    expect(graph['20']?.inputs).toMatchObject({ text: '"40" {{image}} ["1",0] %width%' });
    expect(built.graph['40']?.inputs).toEqual({ image: '' });
  });
  it('is refused without a name for each input', () => {
    expect(() => finishGraph(only(image), { outputPrefix: 'x', names: [] })).toThrow(RangeError);
  });
});

describe('sampling of Wan 2.2 (decision 20)', () => {
  const samplers = (task: RunnerTask, policy: GraphPolicy = auto) =>
    inputsOf(only(task, { policy }).graph, 'KSamplerAdvanced').map(({ steps, cfg, start_at_step, end_at_step }) => [
      ...[steps, cfg, start_at_step, end_at_step],
    ]);
  it('takes 4 steps without guidance when there is no negative text', () => {
    expect(samplers(text)).toEqual([
      [4, 1, 0, 2],
      [4, 1, 2, 10_000],
    ]);
  });
  it('guides the half that lays the film out when there is one, on one noise schedule', () => {
    const task = { ...text, negativePrompt: 'people' };
    expect(samplers(task)).toEqual([
      [20, 3.5, 0, 10],
      [4, 1, 2, 10_000],
    ]);
    expect(new Set(inputsOf(only(task).graph, 'ModelSamplingSD3').map(({ shift }) => shift)).size).toBe(1);
    expect(only(task).needs.files).not.toContainEqual([...modelFiles.t2vHighLora]);
  });
  it('lets explicit steps and guidance win over every quality', () => {
    const available = without(everything, modelFiles.wan21Small[1], modelFiles.wan21Large[1]);
    for (const quality of ['auto', 'fast', 'best'] as const) {
      const built = only({ ...image, guidance: 6, samplerSteps: 11 }, { policy: { ...auto, quality }, available });
      expect(inputsOf(built.graph, 'KSamplerAdvanced').map(({ steps, cfg, end_at_step }) => [steps, cfg, end_at_step])).toEqual([
        [11, 6, 5],
        [11, 6, 10_000],
      ]);
      expect(inputsOf(built.graph, 'LoraLoaderModelOnly')).toEqual([]);
    }
  });
  it('warns when the quality ignores a negative text', () => {
    const policy: GraphPolicy = { ...auto, quality: 'fast' };
    expect(ready({ ...text, negativePrompt: 'people' }, { policy }).warnings).toEqual([
      { code: 'negative_prompt_ignored', details: {} },
    ]);
    expect(ready(text, { policy }).warnings).toEqual([]);
  });
});

describe('lengths and sizes', () => {
  it('are 4n + 1 and reach the last frame that is asked, at any rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.constantFrom(8, 12, 16, 24, 25, 30), (frameCount, rate) => {
        const frameRate = { numerator: rate, denominator: 1 };
        const made = lengthAtLeast(framesAtRate({ frameCount, frameRate }, { numerator: 16, denominator: 1 }));
        expect(made % 4).toBe(1);
        expect(made / 16).toBeGreaterThan((frameCount - 1) / rate);
        expect((made - 5) / 16).toBeLessThan((frameCount - 1) / rate);
      }),
    );
  });
  it('cover the canvas on the grid, or keep its shape where it is beyond the model', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 4000 }), fc.integer({ min: 16, max: 4000 }), (width, height) => {
        const size = drawnSize({ width, height }, { grid: 16, pixelsMax: 921_600 });
        expect([size.width % 16, size.height % 16]).toEqual([0, 0]);
        if (width * height <= 921_600) {
          expect(size.width - width).toBeGreaterThanOrEqual(0);
          expect(size.width - width).toBeLessThan(16);
          expect(size.height - height).toBeLessThan(16);
        } else expect(size.width * size.height).toBeLessThan(921_600 * 1.2);
      }),
    );
  });
  it('a film of 5B lasts as long as the one that is asked, at its own rate', () => {
    const built = only(text, { available: without(everything, modelFiles.t2vHigh[1]) });
    expect(built).toMatchObject({ frames: 121, frameRate: { numerator: 24, denominator: 1 } });
  });
});

describe('talking films of any length', () => {
  const partsOf = (seconds: number, available = everything) =>
    ready({ ...talking, frameCount: Math.max(1, Math.round(seconds * 25)) }, { available }).parts;
  const sounds = (parts: readonly BuiltGraph[]) =>
    parts.map(({ inputs }) => inputs.find(({ source }) => source === 'audio')?.slice ?? null);

  it('have chunks enough for the sound and none that would hear nothing', () => {
    for (const seconds of [0.04, 1, 4.8, 4.9, 5, 60, 119, 121, 600, 3600]) {
      const parts = partsOf(seconds);
      const frames = parts.reduce((sum, part) => sum + (part.frames ?? 0), 0);
      expect(frames / 16, `${seconds} s`).toBeGreaterThan(seconds - 1 / 25 - 1e-9);
      expect((frames - 80) / 16, `${seconds} s`).toBeLessThan(seconds);
    }
  });
  it('drop a constant four frames at the front, however many chunks there are', () => {
    for (const seconds of [4, 9, 100]) {
      const [part] = partsOf(seconds);
      expect(inputsOf(part?.graph ?? {}, 'ImageFromBatch')).toMatchObject([{ batch_index: 4 }]);
    }
  });
  it('go on in parts beyond two minutes, each with its stretch of the sound and the film before', () => {
    const parts = partsOf(250);
    expect(parts.map(({ frames }) => frames)).toEqual([1917, 1920, 240]);
    expect(sounds(parts)).toEqual([
      { unit: 'seconds', from: 0, count: 120 },
      { unit: 'seconds', from: 120, count: 120 },
      { unit: 'seconds', from: 240, count: 15 },
    ]);
    expect(parts.map(({ inputs }) => inputs.some(({ source }) => source === 'previous'))).toEqual([false, true, true]);
    const [, second] = parts;
    expect(inputsOf(second?.graph ?? {}, 'ImageFromBatch')).toMatchObject([
      { batch_index: 1917 - 73, length: 73 },
      { batch_index: 73 },
    ]);
    expect(inputsOf(second?.graph ?? {}, 'WanSoundImageToVideo')).toMatchObject([{ ref_motion: ['47', 0] }]);
  });
  it('take every seed once', () => {
    const seeds = partsOf(250).flatMap(({ graph }) => inputsOf(graph, 'KSampler').map(({ seed }) => seed));
    expect(new Set(seeds).size).toBe(seeds.length);
  });
  it('of InfiniteTalk overlap by nine frames, and hear from where their first frames are', () => {
    const parts = partsOf(200, without(everything, modelFiles.s2v[1]));
    expect(parts.map(({ frames }) => frames)).toEqual([2889, 2160]);
    expect(sounds(parts)[1]).toEqual({ unit: 'seconds', from: (2889 - 81) / 25, count: (2160 + 81) / 25 });
    expect(ready(talking, { available: without(everything, modelFiles.s2v[1]) }).warnings).toEqual([
      { code: 'model_used', details: { model: 'InfiniteTalk' } },
    ]);
  });
});

describe('films that are changed', () => {
  it('are made smoother by whole multiples, exactly timed where the rates are a small ratio', () => {
    const rate = (numerator: number, denominator = 1) => ({ numerator, denominator });
    expect(interpolationMultiplier(rate(16), rate(32))).toBe(2);
    expect(interpolationMultiplier(rate(16), rate(24))).toBe(3);
    expect(interpolationMultiplier(rate(24000, 1001), rate(48000, 1001))).toBe(2);
    expect(interpolationMultiplier(rate(16), rate(30))).toBe(8);
    expect(interpolationMultiplier(rate(2), rate(60))).toBe(16);
  });
  it('are cut where the server could not hold them, without losing or doubling a frame', () => {
    const long: TaskSources = {
      roles: ['video'],
      film: { ...sourceFilm.film, size: film.canvas, frameRate: film.frameRate, frameCount: 2000 },
    };
    const smooth = ready(
      { type: 'interpolate', model: 'interpolator', ...film, frameRate: { numerator: 64, denominator: 1 } },
      { sources: long },
    );
    expect(smooth.parts.length).toBeGreaterThan(1);
    expect(smooth.parts.reduce((sum, { frames, skipFrames }) => sum + (frames ?? 0) - skipFrames, 0)).toBe(1999 * 2 + 1);
    const large = ready({ type: 'upscale-video', model: 'upscaler', ...film, frameCount: 2000 });
    expect(large.parts.length).toBeGreaterThan(1);
    expect(large.parts.reduce((sum, { frames }) => sum + (frames ?? 0), 0)).toBe(2000);
    const cut = ready({ ...cutOut, frameCount: 2000 }, { sources: long });
    expect(cut.parts.map(({ outputUse }) => outputUse)).toContain('alpha');
    expect(cut.parts.reduce((sum, { frames }) => sum + (frames ?? 0), 0)).toBe(2000);
  });
  it('must be probed first', () => {
    expect(() => select({ type: 'interpolate', model: 'interpolator', ...film })).toThrow(/probed/);
  });
});

describe('music', () => {
  it('takes the key in the spelling of the model, and refuses one that does not exist', () => {
    expect(only(music).graph['5']?.inputs).toMatchObject({ keyscale: 'Eb minor', language: 'en', lyrics: '[verse]\nHello' });
    expect(() => select({ ...music, keyscale: 'H moll' })).toThrow(StepError);
  });
  it('is instrumental without lyrics, and sung in the language of its script', () => {
    expect(only({ ...music, lyrics: ' ' }).graph['5']?.inputs).toMatchObject({ lyrics: '[Inst]' });
    expect(only({ ...music, lyrics: 'Привет' }).graph['5']?.inputs).toMatchObject({ language: 'ru' });
  });
});

describe('what a server can do', () => {
  it('is everything but speech and drawings where nothing is missing', () => {
    const tasks = capabilitiesOf(everything, auto).map(({ task }) => task);
    expect(tasks.toSorted()).toEqual(runnerTaskTypes.filter((type) => type !== 'speech' && type !== 'vectorise').toSorted());
  });
  it('is nothing on a bare server, and every recipe says what it lacks', () => {
    const bare: Available = { nodes: new Set(), files: new Map() };
    expect(capabilitiesOf(bare, auto)).toEqual([]);
    for (const { missing } of examineRecipes(bare, auto)) expect(missing.files.length * missing.nodes.length).toBeGreaterThan(0);
    expect(select(text, { available: bare })).toMatchObject({ isReady: false });
  });
  it('shrinks by exactly what a missing file serves', () => {
    const tasksWithout = (file: string) => {
      const left = new Set(capabilitiesOf(without(everything, file), auto).map(({ task }) => task));
      return capabilitiesOf(everything, auto).flatMap(({ task }) => (left.has(task) ? [] : [task]));
    };
    expect(tasksWithout(modelFiles.i2vHighLora[1])).toEqual(['first-last-frame']);
    expect(tasksWithout(modelFiles.aceVae[1])).toEqual(['music']);
    expect(tasksWithout(modelFiles.s2v[1])).toEqual([]);
    expect(tasksWithout('FrameInterpolate')).toEqual(['interpolate']);
  });
  it('takes a larger file of the same model where that lies instead', () => {
    const swapped = without(everything, modelFiles.s2v[1]);
    const files = new Map(swapped.files).set(
      'diffusion_models',
      new Set([...(swapped.files.get('diffusion_models') ?? []), modelFiles.s2v[2]]),
    );
    const built = only(talking, { available: { ...swapped, files } });
    expect(built.needs.files).toContainEqual(['diffusion_models', modelFiles.s2v[2]]);
  });
  it('leaves weights that are not for commerce alone unless the operator allows them', () => {
    const available = without(everything, modelFiles.stableAudio[1]);
    expect(select(effect, { available })).toMatchObject({ isReady: false, recipe: 'stable-audio' });
    expect(ready(effect, { available, policy: { ...auto, allowNonCommercial: true } })).toMatchObject({ recipe: 'mmaudio' });
  });
  it('names only models of the catalog that do the task', () => {
    for (const [task, list] of Object.entries(recipes))
      for (const { model, key } of list) expect(modelCatalog.find((entry) => entry.key === model)?.tasks, key).toContain(task);
  });
});
