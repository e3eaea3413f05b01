import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StepError } from '@polyreel/core';
import { runProcess } from '../run-process.ts';
import type { MediaTools } from '../tools.ts';
import { renderMemoryBytes, withFilterScript } from './command-limits.ts';
import { blameSource } from './blame.ts';
import { cuesOfScene, writeCaptions, writeSidecars } from './caption-files.ts';
import { namingClip } from './clip-ids.ts';
import type { RenderRoute, RenderTimeline, RenderTimelineOptions, TimelineFile, TimelineIssue } from './contract.ts';
import { formatMetadata, frameFormatFor, mediaTypes } from './encode-args.ts';
import { buildFilmArgs, buildSoundArgs, inputsBefore, openFrameSink, writeStill } from './film-writer.ts';
import { toNumber } from './fraction.ts';
import { captureFrame } from './output-plan.ts';
import type { FrameFormat } from './pictures/colour/colour-kernel.ts';
import { renderFrames } from './pictures/index.ts';
import { aborted, type PreparedRender, prepareRender } from './prepare-render.ts';
import { planRoute, type RoutePlan } from './route.ts';
import { buildCopyArgs, buildGraphArgs, prepareCopy } from './short-cuts.ts';
import type { FrameRange } from './scene-graph.ts';
import { buildSoundGraph, type SoundGraph } from './sound-args.ts';

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** See `RenderTimeline` in the contract. */
export const renderTimeline: RenderTimeline = async (tools, options) => {
  try {
    return await renderPrepared(tools, options);
  } catch (error) {
    throw namingClip(error, options.document.edit);
  }
};

const renderPrepared: RenderTimeline = async (tools, options) => {
  const { document, signal, outputDir } = options;
  if (signal.aborted) throw aborted(signal);
  const prepared = await prepareRender(tools, options);
  const { built } = prepared;
  const { output: plan, scene } = built;
  // Everything is made in a folder that vanishes on failure and is emptied into the caller's at the end.
  const scratch = await mkdtemp(join(outputDir, 'render-'));
  const written: TimelineFile[] = [];
  const render: Render = { tools, options, prepared, scratch, warnings: [] };
  try {
    const path = join(outputDir, `output.${plan.format}`);
    written.push({ role: 'output', path, mediaType: mediaTypes[plan.format] });
    const route = await renderOutput(render, path, written);
    if (plan.kind !== 'captions') written.push(...(await writeSidecars(document, scene, outputDir)));
    return {
      files: written,
      route,
      canvas: plan.kind === 'sound' || plan.kind === 'captions' ? null : plan.output,
      frameRate: plan.frameRate,
      frameCount: scene.range.to - scene.range.from,
      durationSeconds: toNumber(built.duration),
      warnings: [...built.warnings, ...render.warnings],
      times: Object.fromEntries(built.timeline.clipTimes),
    };
  } catch (error) {
    await Promise.all(written.map(({ path }) => rm(path, { force: true })));
    throw signal.aborted ? aborted(signal) : await blameSource(tools, prepared, { error, signal });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

interface Render {
  readonly tools: MediaTools;
  readonly options: RenderTimelineOptions;
  readonly prepared: PreparedRender;
  readonly scratch: string;
  readonly warnings: TimelineIssue[];
}

const renderOutput = async (render: Render, path: string, written: TimelineFile[]): Promise<RenderRoute> => {
  const { options, prepared, scratch } = render;
  const { built, sources } = prepared;
  const { output: plan, scene } = built;
  if (plan.format === 'srt' || plan.format === 'vtt') {
    const cues = cuesOfScene(scene.layers, scene, () => true);
    await writeCaptions(cues, plan.format, path);
    report(options, 1);
    return 'sound';
  }
  const hasMetadata = Object.keys(plan.metadata).length > 0;
  const metadataPath = hasMetadata ? join(scratch, 'tags.txt') : null;
  if (metadataPath !== null) await writeFile(metadataPath, formatMetadata(plan.metadata));
  const planned = planRoute(scene, plan, (id) => sources.get(id) ?? null);
  const route = chooseRoute(planned, options.route);
  const soundFor = (pictureInputs: number): SoundGraph | null =>
    plan.isMute
      ? null
      : buildSoundGraph({
          ...{ items: built.sound, files: prepared.soundFiles, duration: built.duration, loudness: plan.audio.loudness },
          ...{ sampleRate: plan.audio.sampleRate, channels: plan.audio.channels },
          firstInput: pictureInputs + inputsBefore({ hasPicture: false, hasMetadata }),
        });
  const { edit } = options.document;
  const captures = plan.kind === 'sound' ? {} : { poster: edit.output.poster, thumbnail: edit.output.thumbnail };
  switch (route.route) {
    case 'sound': {
      const sound = soundFor(0);
      if (sound === null)
        throw new StepError({ code: 'sound_muted', publicMessage: 'A sound file cannot be mute', permanent: true });
      await runWithProgress(render, buildSoundArgs({ plan, sound, metadataPath, path }), path);
      return 'sound';
    }
    case 'copy': {
      const list = await prepareCopy(join(scratch, 'parts'), route.parts, { paths: prepared.paths, frameRate: plan.frameRate });
      const args = buildCopyArgs(list, plan, { sound: soundFor(1), metadataPath, path });
      checkFrames(render, await runWithProgress(render, args, path));
      break;
    }
    case 'graph': {
      const beside = { sound: soundFor(route.segments.length), metadataPath, path };
      const args = buildGraphArgs(route.segments, { scene, plan, files: sources, beside });
      checkFrames(render, await runWithProgress(render, args, path));
      break;
    }
    case 'canvas': {
      await renderCanvas(render, { path, sound: soundFor(1), metadataPath, captures }, written);
      return 'canvas';
    }
  }
  await captureApart(render, captures, written);
  return route.route;
};

/** A wanted way that the rule does not allow is a fault of the caller; `canvas` can draw whatever the others can. */
const chooseRoute = (planned: RoutePlan, wanted: RenderRoute | undefined): RoutePlan => {
  if (wanted === undefined || wanted === planned.route) return planned;
  if (wanted === 'canvas' && planned.route !== 'sound') return { route: 'canvas' };
  throw new StepError({ code: 'route_not_possible', publicMessage: `This film cannot be made by ${wanted}`, permanent: true });
};

const report = (options: RenderTimelineOptions, ratio: number): void => options.onProgress?.({ stage: 'rendering', ratio });

type Captures = {
  readonly poster?: { capture: number | 'first' | 'middle' } | undefined;
  readonly thumbnail?: { capture: number | 'first' | 'middle'; scale?: number | undefined } | undefined;
};

const DEFAULT_THUMBNAIL_SCALE = 0.3;

interface Shot {
  readonly role: 'poster' | 'thumbnail';
  readonly frame: number;
  readonly scale: number;
  readonly path: string;
}

const shotsOf = ({ poster, thumbnail }: Captures, { options, prepared }: Render): Shot[] => {
  const { range, frameRate } = prepared.built.scene;
  const frame = (capture: number | 'first' | 'middle'): number => captureFrame(capture, range, frameRate);
  return [
    ...(poster === undefined
      ? []
      : [{ role: 'poster' as const, frame: frame(poster.capture), scale: 1, path: join(options.outputDir, 'poster.jpg') }]),
    ...(thumbnail === undefined
      ? []
      : [
          {
            ...{ role: 'thumbnail' as const, frame: frame(thumbnail.capture), path: join(options.outputDir, 'thumbnail.jpg') },
            scale: thumbnail.scale === undefined || thumbnail.scale === 0 ? DEFAULT_THUMBNAIL_SCALE : thumbnail.scale,
          },
        ]),
  ];
};

interface CanvasOutput {
  readonly path: string;
  readonly sound: SoundGraph | null;
  readonly metadataPath: string | null;
  readonly captures: Captures;
}

/** Draws frame by frame into the encoder's pipe; poster and thumbnail are taken from the frames that pass. */
const renderCanvas = async (
  render: Render,
  { path, sound, metadataPath, captures }: CanvasOutput,
  written: TimelineFile[],
): Promise<void> => {
  const { tools, options, prepared } = render;
  const { output: plan, scene } = prepared.built;
  const frameCount = scene.range.to - scene.range.from;
  const shots = shotsOf(captures, render);
  const format = frameFormatFor(plan);
  const args = await withFilterScript(buildFilmArgs({ plan, format, frameCount, sound, metadataPath, path }), render.scratch);
  const sink = openFrameSink(tools, { args, path, canvas: plan.output, format, signal: options.signal });
  try {
    let done = 0;
    for await (const { index, pixels } of framesOf(render, { format })) {
      await sink.write(pixels);
      for (const shot of shots) if (shot.frame === index) await takeShot(render, shot, { pixels, format }, written);
      done += 1;
      // The last share is the encoder's, which is a few frames behind.
      report(options, (done / frameCount) * 0.99);
    }
    await sink.finish();
    report(options, 1);
  } finally {
    await sink.discard();
  }
};

const framesOf = (
  { tools, options, prepared, warnings }: Render,
  { format, range = prepared.built.scene.range }: { format: FrameFormat; range?: FrameRange },
) =>
  renderFrames(
    { ...prepared.built.scene, range },
    {
      tools,
      paths: prepared.paths,
      format,
      plainFilms: prepared.plainFilms,
      signal: options.signal,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      onWarning: ({ code, message }) => warnings.push({ path: 'timeline', code, message }),
    },
  );

const takeShot = async (
  render: Render,
  shot: Shot,
  { pixels, format }: { pixels: Uint8Array; format: FrameFormat },
  written: TimelineFile[],
): Promise<void> => {
  const { output: plan } = render.prepared.built;
  written.push({ role: shot.role, path: shot.path, mediaType: 'image/jpeg' });
  const { signal } = render.options;
  await writeStill(render.tools, { frame: pixels, canvas: plan.output, format, scale: shot.scale, path: shot.path, signal });
};

/** Where no frames passed by, the one of a poster is drawn for itself. */
const captureApart = async (render: Render, captures: Captures, written: TimelineFile[]): Promise<void> => {
  for (const shot of shotsOf(captures, render)) {
    for await (const { pixels } of framesOf(render, { format: 'rgba', range: { from: shot.frame, to: shot.frame + 1 } })) {
      await takeShot(render, shot, { pixels, format: 'rgba' }, written);
    }
  }
};

/** One ffmpeg process to its end, with its own progress; resolves to the frames that it wrote. A failure removes the file. */
const runWithProgress = async (render: Render, built: readonly string[], path: string): Promise<number> => {
  const { tools, options, prepared } = render;
  const args = await withFilterScript(built, render.scratch);
  const seconds = toNumber(prepared.built.duration);
  let best = 0;
  let frames = 0;
  try {
    await runProcess({
      ...{
        command: tools.ffmpegPath,
        args,
        signal: options.signal,
        timeoutMs: TWO_HOURS_MS,
        maxMemoryBytes: renderMemoryBytes(args),
      },
      onStdoutLine: (line) => {
        frames = Number(/^frame=(\d+)$/.exec(line)?.[1] ?? frames);
        const microseconds = /^out_time_us=(\d+)$/.exec(line)?.[1];
        if (microseconds === undefined) return;
        best = Math.max(best, Math.min(0.99, Number(microseconds) / 1e6 / seconds));
        report(options, best);
      },
    });
    report(options, 1);
    return frames;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
};

/** A short cut that came out with another number of frames is an error of ours, never a result. */
const checkFrames = ({ prepared }: Render, frames: number): void => {
  const { range } = prepared.built.scene;
  if (frames === range.to - range.from) return;
  const cause = new Error(`${frames} frames instead of ${range.to - range.from}`);
  throw new StepError({ code: 'render_inexact', publicMessage: 'The film could not be made', permanent: true, cause });
};
