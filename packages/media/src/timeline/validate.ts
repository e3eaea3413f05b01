import { type BuiltScene, buildScene } from './build-scene.ts';
import { type CheckContext, checkDestinations, checkTimeline, DEFAULT_LIMITS, MAX_COMPOSITION_DEPTH } from './checks.ts';
import { withClipId } from './clip-ids.ts';
import type { TimelineCheck, TimelineDocument, TimelineIssue, TimelineLimits, ValidateTimelineOptions } from './contract.ts';
import { type Dialect, detectDialect, nativePath, toInternal } from './dialect.ts';
import { toNumber } from './fraction.ts';
import { publicFault } from './issues.ts';
import { mergeFields, readMergeValues } from './merge.ts';
import { naturalLength } from './natural-length.ts';
import { type OutputPlan, planOutput } from './output-plan.ts';
import { isFarTooLong, readEdit, schemaFaults } from './read-edit.ts';
import type { Edit, Timeline } from './schema/edit-schema.ts';
import { assumedFacts, type FactsOf } from './source-facts.ts';
import { nestedTimeline } from './sources.ts';
import { resolveTimes, type TimelineTimes, totalFrames } from './times.ts';

/**
 * Checks an edit and finds all its faults at once. Pure: no source is touched. Accepts Shotstack's edit JSON, the engine's native form,
 * and our additions; the document it gives may be stored and rendered later. Of a template only the shape is checked where no
 * placeholder stands.
 */
export const validateTimeline = (request: unknown, options: ValidateTimelineOptions = {}): TimelineCheck => {
  const check = checkRequest(request, options);
  const named = (issue: TimelineIssue): TimelineIssue => withClipId(issue, request);
  return { ...check, errors: check.errors.map(named), warnings: check.warnings.map(named) };
};

const checkRequest = (request: unknown, options: ValidateTimelineOptions): TimelineCheck => {
  const errors: TimelineIssue[] = [];
  const warnings: TimelineIssue[] = [];
  const fail = (): TimelineCheck => ({ ...NOTHING, errors, warnings });
  const limits: TimelineLimits = { ...DEFAULT_LIMITS, ...options.limits };
  if (!isShallow(request)) {
    errors.push({ path: '', code: 'too_large', message: `the edit is nested deeper than ${MAX_DEPTH}` });
    return fail();
  }
  const bytes = Buffer.byteLength(JSON.stringify(request) ?? '');
  if (bytes > limits.maxBytes) {
    errors.push({ path: '', code: 'too_large', message: `the edit has ${bytes} bytes, more than ${limits.maxBytes}` });
    return fail();
  }
  if (options.isTemplate === true) return { ...fail(), warnings, errors: templateFaults(request, options) };
  const { merge, ...body } = asObject(request);
  const merged = mergeFields(body, readMergeValues(merge), options.onMissingMergeField ?? 'error');
  for (const error of merged.errors) errors.push(error);
  for (const warning of merged.warnings) warnings.push(warning);
  if (isFarTooLong(merged.value, limits)) {
    const message = `more than ${limits.maxTracks} tracks or ${limits.maxClips} clips`;
    return { ...NOTHING, errors: [{ path: 'timeline.tracks', code: 'too_large', message }] };
  }
  const dialect = options.dialect ?? detectDialect(merged.value);
  const reading = readEdit(toInternal({ ...asObject(merged.value), ...(merge === undefined ? {} : { merge }) }, dialect), {
    ...{ isStrict: options.isStrict !== false, open: merged.errors.map(({ path }) => path) },
  });
  for (const fault of reading.faults) errors.push(fault);
  for (const warning of reading.warnings) warnings.push(warning);
  const { edit } = reading;
  if (edit === null) return { ...fail(), errors: inWordsOf(dialect, errors) };
  const tell = (issue: TimelineIssue): void => void (reading.isKnown(issue) || errors.push(issue));
  const context: CheckContext = {
    ...{ options, limits },
    error: (path, code, message, hint) => tell({ path, code, message, ...(hint === undefined ? {} : { hint }) }),
    warn: (path, code, message, hint) => warnings.push({ path, code, message, ...(hint === undefined ? {} : { hint }) }),
  };
  checkTimeline(edit.timeline, 'timeline', context);
  checkNested(edit.timeline, 'timeline', context, 1);
  checkDestinations(edit, context);
  const output = planOutput(edit.output);
  for (const error of output.errors) tell(error);
  checkSize(output.plan, context);
  const document: TimelineDocument = { version: 1, dialect, edit: withoutMerge(edit) };
  const times = checkTimes(document, output.plan, context, errors);
  if (errors.length > 0) return { ...fail(), errors: inWordsOf(dialect, errors), readable: document };
  return {
    ...{ errors, warnings: unique(inWordsOf(dialect, warnings)), document, readable: document, format: edit.output.format },
    canvas: output.plan.kind === 'sound' || output.plan.kind === 'captions' ? null : output.plan.output,
    durationSeconds: times?.seconds ?? null,
    frameCount: times?.frames ?? null,
  };
};

/** The engine's own files have other names for some places. */
const inWordsOf = (dialect: Dialect, issues: readonly TimelineIssue[]): TimelineIssue[] =>
  issues.map((issue) => (dialect === 'native' ? { ...issue, path: nativePath(issue.path) } : issue));

/** Far beyond any edit; deeper ones would end the stack of whoever walks them. */
const MAX_DEPTH = 200;

const isShallow = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((item) => (item !== null && typeof item === 'object' ? Object.values(item) : []));
  }
  return true;
};

const NOTHING: TimelineCheck = {
  ...{
    errors: [],
    warnings: [],
    document: null,
    readable: null,
    format: null,
    canvas: null,
    durationSeconds: null,
    frameCount: null,
  },
};

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};

/** The values are in the document already; kept, they could hold secrets twice. */
const withoutMerge = ({ merge: _merge, ...edit }: Edit): Edit => edit;

/** Timelines inside compositions have the same rules; their faults are told with the whole path. */
const checkNested = (timeline: Timeline, base: string, context: CheckContext, depth: number): void => {
  for (const [trackIndex, track] of timeline.tracks.entries()) {
    for (const [clipIndex, clip] of track.clips.entries()) {
      if (clip.asset.type !== 'composition') continue;
      const path = `${base}.tracks[${trackIndex}].clips[${clipIndex}].asset.timeline`;
      if (depth > MAX_COMPOSITION_DEPTH) {
        context.error(path, 'too_large', `compositions are nested deeper than ${MAX_COMPOSITION_DEPTH}`);
        continue;
      }
      const nested = nestedTimeline(clip.asset.timeline);
      const { errors } = resolveTimes(nested, { base: path, naturalLength: naturalLength(nested, () => null) });
      for (const error of errors) context.error(error.path, error.code, error.message);
      checkTimeline(nested, path, context);
      checkNested(nested, path, context, depth + 1);
    }
  }
};

const checkSize = (plan: OutputPlan, { limits, error }: CheckContext): void => {
  const most = plan.kind === 'still' ? limits.maxStillSide : limits.maxVideoSide;
  for (const { width, height } of [plan.canvas, plan.output]) {
    if (width <= most && height <= most) continue;
    error('output.size', 'too_large', `${width} x ${height} exceeds ${most} pixels a side`);
    return;
  }
  if (plan.frameRate.numerator > limits.maxFrameRate * plan.frameRate.denominator) {
    error('output.fps', 'too_large', `more than ${limits.maxFrameRate} frames a second`);
  }
};

const unknownFacts: FactsOf = () => null;

/** Times are known where no source decides; the rest of the edit is laid out with assumed sources, for its warnings. */
const checkTimes = (
  document: TimelineDocument,
  plan: OutputPlan,
  context: CheckContext,
  errors: readonly TimelineIssue[],
): { seconds: number; frames: number } | null => {
  const { timeline } = document.edit;
  const times = resolveTimes(timeline, { base: 'timeline', naturalLength: naturalLength(timeline, unknownFacts) });
  for (const error of times.errors) context.error(error.path, error.code, error.message);
  // A clip that is too long has been told already.
  const isTold = errors.some(({ code, path }) => code === 'too_large' && /\.(start|length|duration)$/.test(path));
  if (!isTold && times.total !== null && toNumber(times.total) > context.limits.maxSeconds) {
    const seconds = toNumber(times.total);
    context.error('timeline', 'too_large', `the film lasts ${seconds} s, more than ${context.limits.maxSeconds}`);
  }
  if (errors.length > 0) return null;
  const built: BuiltScene | null = buildScene(document, assumedFacts);
  for (const warning of built?.warnings ?? []) {
    if (isSure(warning, times)) context.warn(warning.path, warning.code, warning.message, warning.hint);
  }
  if (times.total === null) return null;
  const seconds = toNumber(times.total);
  return { seconds, frames: totalFrames(times.total, plan.frameRate) };
};

/** What is said about times counts only where no source decides them: the assumed lengths are nobody's. */
const isSure = ({ code, path }: TimelineIssue, { clips, total }: TimelineTimes): boolean => {
  if (code !== 'outside_range' && code !== 'clips_overlap') return true;
  const [, track] = /^timeline\.tracks\[(\d+)\]/.exec(path) ?? [];
  const isKnown = clips[Number(track)]?.every(({ start, length }) => start !== null && length !== null) ?? true;
  return isKnown && (code !== 'outside_range' || total !== null);
};

const unique = (warnings: readonly TimelineIssue[]): TimelineIssue[] => [
  ...new Map(warnings.map((warning) => [`${warning.path} ${warning.code}`, warning])).values(),
];

const placeholderPattern = /\{\{[^{}]{1,300}\}\}/;

/** Faults at or above a place that holds a placeholder may vanish when it is filled. */
const templateFaults = (request: unknown, options: ValidateTimelineOptions): TimelineIssue[] => {
  const { merge, ...body } = asObject(request);
  const dialect: Dialect = options.dialect ?? detectDialect(body);
  const value = toInternal(body, dialect);
  const open: string[] = [];
  const look = (part: unknown, path: string): void => {
    if (typeof part === 'string' && placeholderPattern.test(part)) open.push(path);
    else if (Array.isArray(part)) for (const [index, item] of part.entries()) look(item, `${path}[${index}]`);
    else if (part !== null && typeof part === 'object') {
      for (const [key, item] of Object.entries(part)) look(item, path === '' ? key : `${path}.${key}`);
    }
  };
  look(value, '');
  return schemaFaults(value)
    .filter((fault) => !open.some((path) => path.startsWith(fault.path)))
    .map(publicFault);
};
