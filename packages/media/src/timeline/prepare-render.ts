import { allOrNone, StepError } from '@polyreel/core';
import type { VideoFacts } from '../probe.ts';
import type { MediaTools } from '../tools.ts';
import { type BuiltScene, buildScene } from './build-scene.ts';
import type { RenderTimelineOptions, TimelineSource } from './contract.ts';
import { type InspectedSource, inspectSource, unusable } from './inspect-source.ts';
import { trimOf } from './natural-length.ts';
import type { Timeline } from './schema/edit-schema.ts';
import { listTimelineSources, nestedTimeline, sourceOfClip } from './sources.ts';
import type { SoundFile } from './sound-args.ts';
import { toNumber } from './fraction.ts';
import { isDropped } from './times.ts';

export interface PreparedRender {
  readonly built: BuiltScene;
  readonly sources: ReadonlyMap<string, InspectedSource>;
  /** Local files of the scene's sources. */
  readonly paths: ReadonlyMap<string, string>;
  readonly soundFiles: ReadonlyMap<string, SoundFile>;
  /** See `RenderFramesOptions`. */
  readonly plainFilms: ReadonlySet<string>;
}

const PARALLEL_SOURCES = 6;

/** Fetches and measures every source, then lays the edit out. The first failure ends the rest. */
export const prepareRender = async (tools: MediaTools, options: RenderTimelineOptions): Promise<PreparedRender> => {
  const { document, signal } = options;
  const wanted = listTimelineSources(document);
  const sources = new Map<string, InspectedSource>();
  let done = 0;
  const fetchOne = async (source: TimelineSource, fetching: AbortSignal): Promise<void> => {
    fetching.throwIfAborted();
    const file = await options.resolveSource(source, fetching);
    sources.set(source.id, await inspectSource(tools, source, file, fetching));
    done += 1;
    options.onProgress?.({ stage: 'fetching', ratio: done / wanted.length });
  };
  const queue = [...wanted];
  const work = async (fetching: AbortSignal): Promise<void> => {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) await fetchOne(source, fetching);
  };
  await allOrNone(signal, (fetching) => Array.from({ length: PARALLEL_SOURCES }, () => work(fetching))).catch(
    (error: unknown) => {
      if (!signal.aborted) throw error;
    },
  );
  if (signal.aborted) throw aborted(signal);
  checkTrims(document.edit.timeline, 'timeline', sources);
  const built = buildScene(document, (source) => sources.get(source.id)?.facts ?? null);
  if (built === null) {
    throw new StepError({ code: 'timeline_unresolved', publicMessage: 'The length of the film cannot be told', permanent: true });
  }
  const soundFiles = new Map<string, SoundFile>();
  for (const [id, { kind, path, facts, channels }] of sources) {
    if (facts.hasAudio)
      soundFiles.set(id, { kind, path, channels, lengthSeconds: facts.length === null ? 0 : toNumber(facts.length) });
  }
  const plainFilms = new Set([...sources].flatMap(([id, { video }]) => (video !== null && isPlainFilm(video) ? [id] : [])));
  return { built, sources, paths: new Map([...sources].map(([id, { path }]) => [id, path])), soundFiles, plainFilms };
};

const isPlainFilm = (video: VideoFacts): boolean =>
  video.pixelFormat === 'yuv420p' && video.colorSpace === 'bt709' && video.colorRange === 'tv' && video.rotation === 0;

export const aborted = (signal: AbortSignal): StepError =>
  new StepError({ code: 'aborted', publicMessage: 'The work was stopped', permanent: false, cause: signal.reason });

const checkTrims = (timeline: Timeline, base: string, sources: ReadonlyMap<string, InspectedSource>): void => {
  for (const [trackIndex, track] of timeline.tracks.entries()) {
    if (track.hidden === true) continue;
    for (const [clipIndex, clip] of track.clips.entries()) {
      if (isDropped(clip)) continue;
      const path = `${base}.tracks[${trackIndex}].clips[${clipIndex}]`;
      if (clip.asset.type === 'composition') checkTrims(nestedTimeline(clip.asset.timeline), `${path}.asset.timeline`, sources);
      const source = sourceOfClip(clip, path);
      const length = source === null ? null : (sources.get(source.id)?.facts.length ?? null);
      const trim = trimOf(clip);
      if (length === null || trim === 0 || trim < toNumber(length)) continue;
      throw unusable(
        `${path}.asset.trim`,
        `${trim} s is past the end: the source lasts ${Math.round(toNumber(length) * 1000) / 1000} s`,
      );
    }
  }
};
