export * from './compose-check.ts';
export { createGuardStage, type GuardFormat, guardFormats } from './guard-stage.ts';
export {
  createImageClassifier,
  createImageStage,
  type ImageClassifier,
  type PictureScores,
} from './image-classifier/image-stage.ts';
export { createModerationStage } from './moderation-stage.ts';
