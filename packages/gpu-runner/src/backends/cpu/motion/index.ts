import type { TaskExecutor } from '../executor.ts';
import { createImageToVideo } from './image-to-video.ts';
import { createTalkingHead } from './talking-head.ts';
import { createVision } from './vision.ts';

const vision = createVision();

/** Executors that make films from pictures. */
export const motionTasks = {
  'image-to-video': createImageToVideo(vision),
  'talking-head': createTalkingHead(vision),
} satisfies { 'image-to-video': TaskExecutor<'image-to-video'>; 'talking-head': TaskExecutor<'talking-head'> };

/** Ends the thread that the executors share. It starts again when needed. */
export const closeMotion = (): Promise<void> => vision.close();
