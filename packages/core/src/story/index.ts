export * from './compose-story.ts';
export * from './find-parts.ts';
export * from './split-script.ts';
export * from './story.ts';
export { type FindPart, timeStory } from './time-story.ts';
