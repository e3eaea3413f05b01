export * from './image-renditions.ts';
export * from './join-sound.ts';
export * from './stream-renditions.ts';
