import type { FaceDetector } from '@polyreel/core';
import { readPicture } from './backends/cpu/motion/picture.ts';
import { createVision } from './backends/cpu/motion/vision.ts';

/** Small faces are found in pictures of this size; larger ones only cost time. */
const longestSidePixels = 1280;

/**
 * Finds faces by learned models that ship in a package, in a thread of their own that starts with the first picture. Nothing leaves the
 * machine.
 */
export function createFaceDetector(): FaceDetector & { close(): Promise<void> } {
  const vision = createVision();
  return {
    async detect(path, signal) {
      const picture = await readPicture(path, longestSidePixels);
      return vision.run('judge-faces', picture, signal);
    },
    close: () => vision.close(),
  };
}
