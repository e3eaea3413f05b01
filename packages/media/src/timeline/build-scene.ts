import { type BuiltTimeline, buildTimeline, fontFamily } from './build-layers.ts';
import type { TimelineDocument, TimelineIssue } from './contract.ts';
import { compare, type Exact, fromDecimal, least, subtract, timeOfFrame, ZERO } from './fraction.ts';
import { type OutputPlan, planOutput, planRange } from './output-plan.ts';
import type { Layer, Scene, SceneFont, SceneSource } from './scene-graph.ts';
import type { Output, Timeline } from './schema/edit-schema.ts';
import { createSoftReader } from './soft-value.ts';
import { softIssues } from './soft-checks.ts';
import { cutSound, type SoundItem } from './sound-graph.ts';
import type { FactsOf } from './source-facts.ts';
import { addressId, listTimelineSources, nestedTimeline } from './sources.ts';
import { isDropped } from './times.ts';

export interface BuiltScene {
  readonly output: OutputPlan;
  readonly scene: Scene;
  /** Cut to the range, counted from its start. */
  readonly sound: readonly SoundItem[];
  /** Of what is written. */
  readonly duration: Exact;
  readonly timeline: BuiltTimeline;
  readonly warnings: readonly TimelineIssue[];
}

/** An edit and the facts of its sources become the scene and its sound. Pure. Null while a length is unknown. */
export const buildScene = (document: TimelineDocument, factsOf: FactsOf): BuiltScene | null => {
  const { edit, dialect } = document;
  const { plan, warnings } = planOutput(edit.output);
  const read = createSoftReader();
  const built = buildTimeline(edit.timeline, {
    ...{ base: 'timeline', canvas: plan.canvas, frameRate: plan.frameRate, dialect, factsOf, read, depth: 0 },
  });
  if (built === null) return null;
  const { range, warnings: rangeWarnings } = planRange(edit.output, built.frameCount, plan.frameRate);
  const { start, duration } = (plan.kind === 'sound' ? soundSpan(edit.output, built.total) : null) ?? {
    start: timeOfFrame(range.from, plan.frameRate),
    duration: subtract(timeOfFrame(range.to, plan.frameRate), timeOfFrame(range.from, plan.frameRate)),
  };
  const isShown = (layer: Layer): boolean => layer.frames.from < range.to && layer.frames.to > range.from;
  const sources: Record<string, SceneSource> = {};
  for (const source of listTimelineSources(document)) {
    const scene = factsOf(source)?.scene;
    if (scene !== null && scene !== undefined) sources[source.id] = scene;
  }
  const scene: Scene = {
    ...{ canvas: plan.canvas, output: plan.output, frameRate: plan.frameRate, frameCount: built.frameCount, range },
    hasAlpha: plan.hasAlpha,
    background: built.background,
    layers: built.layers.filter(isShown),
    mattes: built.mattes.filter((matte) => isShown(matte.layer)),
    fonts: fontsOf(document.edit.timeline),
    sources,
  };
  return {
    output: plan,
    scene,
    sound: cutSound(built.sound, start, duration),
    duration,
    timeline: built,
    warnings: [...warnings, ...rangeWarnings, ...read.warnings, ...softIssues(edit.timeline, scene, built.layers)],
  };
};

/** Sound alone has no frames to end on. Null where nothing would be left of it. */
const soundSpan = ({ range }: Output, total: Exact): { start: Exact; duration: Exact } | null => {
  const start = fromDecimal(range?.start ?? 0);
  const rest = subtract(total, start);
  const duration = range?.length === undefined ? rest : least(rest, fromDecimal(range.length));
  return compare(duration, ZERO) > 0 ? { start, duration } : null;
};

/** Those of the timeline, of captions and of nested timelines: a clip's text may be drawn in any of them. */
const fontsOf = (timeline: Timeline): SceneFont[] => {
  const listed = (timeline.fonts ?? []).map((font) => ({
    source: addressId(font.src, font.headers),
    family: font.family ?? fontFamily(font.src),
    weight: font.weight ?? null,
    isItalic: font.style === undefined ? null : font.style === 'italic',
  }));
  const clips = timeline.tracks.filter((track) => track.hidden !== true).flatMap((track) => track.clips);
  const inside = clips.flatMap((clip): SceneFont[] => {
    if (isDropped(clip)) return [];
    const nested = clip.asset.type === 'composition' ? fontsOf(nestedTimeline(clip.asset.timeline)) : [];
    const font = clip.caption?.font;
    if (font?.src === undefined) return nested;
    return [...nested, { source: addressId(font.src, font.headers), family: fontFamily(font.src), weight: null, isItalic: null }];
  });
  const byFace = [...listed, ...inside].map((font): [string, SceneFont] => [JSON.stringify(font), font]);
  return [...new Map(byFace).values()];
};
