import type { FileEventType, JobKind } from '@polyreel/core';

const ends = ['succeeded', 'failed', 'cancelled'] as const;
type End = (typeof ends)[number];

/** Kinds of jobs behind each subject of the document. */
const subjects = {
  tool_execution: ['tool', 'generate', 'animate'],
  workflow_run: ['story'],
  project_export: ['timeline'],
} as const satisfies Record<string, readonly JobKind[]>;
type Subject = keyof typeof subjects;

const fileEvents = {
  'file.uploaded': 'file.upload.completed',
  'file.upload_failed': 'file.upload.failed',
  'file.playable': 'file.playback_ready',
  'file.downloadable': 'file.download_ready',
  'file.analysed': 'file.analysis_completed',
  'file.analysis_failed': 'file.analysis_failed',
} as const satisfies Record<FileEventType, string>;
const isFileEvent = (event: string): event is FileEventType => Object.hasOwn(fileEvents, event);
const isSubject = (name: string): name is Subject => Object.hasOwn(subjects, name);
const isEnd = (name: string): name is End => ends.some((end) => end === name);

const domainEvents: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries(subjects).flatMap(([subject, kinds]) =>
    ends.map((end): [string, readonly string[]] => [`${subject}.${end}`, kinds.map((kind) => `job.${end}:${kind}`)]),
  ),
  ...Object.entries(fileEvents).map(([event, name]): [string, readonly string[]] => [name, [event]]),
]);

/** Every event of the document that this server raises. */
export const eventNames: readonly string[] = [...domainEvents.keys()];

/** What an endpoint asks for in the engine's words. */
export const toDomainEvents = (names: readonly string[]): string[] => [
  ...new Set(names.flatMap((name) => domainEvents.get(name) ?? [])),
];

/** The same back, in the order of the document. */
export const toWireEvents = (events: readonly string[]): string[] =>
  [...domainEvents].filter(([, own]) => own.every((event) => events.includes(event))).map(([name]) => name);

/** The document's name of a job's end. Throws for an event that is none. */
export function jobEventName(event: string, kind: string): string {
  const end = event.replace(/^job\./, '');
  const subject = Object.entries(subjects).find(([, kinds]) => kinds.some((one) => one === kind))?.[0];
  if (subject === undefined || !isSubject(subject) || !isEnd(end)) throw new Error(`no event tells ${event} of a ${kind} job`);
  return `${subject}.${end}`;
}

export function fileEventName(event: string): string {
  if (!isFileEvent(event)) throw new Error(`${event} is no event of a file`);
  return fileEvents[event];
}
