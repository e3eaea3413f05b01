/**
 * The timeline renderer: an edit (Shotstack's JSON, the engine's native form, our additions) is checked, laid out as a scene, drawn and
 * heard. No job, account, address or HTTP here: sources come as local files through a port.
 */
export { buildScene, type BuiltScene } from './build-scene.ts';
export { formatSrt, formatVtt, parseCaptions, type TimedCue, type TimedWord } from './captions.ts';
export * from './contract.ts';
export { mergeFields } from './merge.ts';
export { renderTimeline } from './render-timeline.ts';
export type * from './scene-graph.ts';
export type { Edit } from './schema/edit-schema.ts';
export { withSeeds } from './seed-generations.ts';
export { mapSourceHeaders } from './source-headers.ts';
export { listTimelineSources } from './sources.ts';
export { validateTimeline } from './validate.ts';
