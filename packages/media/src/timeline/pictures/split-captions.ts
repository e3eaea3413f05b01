import type { CaptionContent, Layer, Scene } from '../scene-graph.ts';
import { fractionSeconds } from './media-time.ts';

/**
 * One layer a cue, each on the frames of its cue only: cues are then laid out shortly before they show and forgotten after, however
 * long the film is. Everything else of the layer, its clock included, stays.
 */
export const splitCaptions = (scene: Scene): Scene => ({
  ...scene,
  layers: scene.layers.flatMap((layer) => (layer.content.type === 'caption' ? splitLayer(layer, layer.content, scene) : [layer])),
});

const splitLayer = (layer: Layer, content: CaptionContent, scene: Scene): Layer[] => {
  const { numerator, denominator } = scene.frameRate;
  // The first frame at or after a moment of the layer's clock.
  const frameAt = (seconds: number): number =>
    Math.ceil(((seconds + fractionSeconds(layer.start)) * numerator) / denominator - 1e-6);
  return content.cues.flatMap((cue) => {
    const from = Math.max(layer.frames.from, frameAt(cue.fromSeconds));
    const to = Math.min(layer.frames.to, frameAt(cue.toSeconds));
    return to > from ? [{ ...layer, frames: { from, to }, content: { ...content, cues: [cue] } }] : [];
  });
};
