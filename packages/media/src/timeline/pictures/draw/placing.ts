import type { SKRSContext2D } from '@napi-rs/canvas';
import type { BlendMode, Layer } from '../../scene-graph.ts';
import { valueAt } from '../animated.ts';

/** The canvas' word. */
export const blendWord = (blend: BlendMode): SKRSContext2D['globalCompositeOperation'] => {
  if (blend === 'normal') return 'source-over';
  return blend === 'plus-lighter' ? 'lighter' : blend;
};

/** Ken Burns: the content grows about the middle of the box, then moves by shares of it. */
export const moveInBox = (context: SKRSContext2D, layer: Layer, seconds: number): void => {
  const { motion, box } = layer;
  if (motion === null) return;
  const scale = valueAt(motion.scale, seconds);
  context.translate(
    box.width / 2 + valueAt(motion.x, seconds) * box.width,
    box.height / 2 + valueAt(motion.y, seconds) * box.height,
  );
  context.scale(scale, scale);
  context.translate(-box.width / 2, -box.height / 2);
};
