import type { FilmTaskType } from '@polyreel/core';
import type { TaskExecutor } from '../executor.ts';
import { createFirstLastFrame } from './first-last-frame.ts';
import { createImageToVideo } from './image-to-video.ts';
import { createTalkingHead } from './talking-head.ts';
import { createVision } from './vision.ts';

const vision = createVision();

/** Executors that make films from pictures. They share one vision thread, which starts with the first task that needs it. */
export const motionTasks = {
  'image-to-video': createImageToVideo(vision),
  'first-last-frame': createFirstLastFrame(vision),
  'talking-head': createTalkingHead(vision),
} satisfies { [Type in Exclude<FilmTaskType, 'text-to-video'>]: TaskExecutor<Type> };

/** Ends the thread that the executors share. It starts again when needed. */
export const closeMotion = (): Promise<void> => vision.close();
