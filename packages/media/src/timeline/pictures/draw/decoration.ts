import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Layer } from '../../scene-graph.ts';
import { drawPicture, makeCanvas, type Picture } from './canvases.ts';
import { roundedRect, strokeInside } from './shapes.ts';

/** True for a layer whose box must be finished by itself before it is placed. */
export const needsDecoration = (layer: Layer): boolean =>
  layer.backdrop !== null || layer.shadow !== null || (layer.border !== null && layer.border.width > 0);

/** The box with its backdrop, content, border and shadow. */
export const decorate = (
  content: Picture,
  options: { layer: Layer; density: number; moveContent: (context: SKRSContext2D) => void },
): Picture => {
  const { layer, density } = options;
  const { shadow, box } = layer;
  const reach = shadow === null ? 0 : Math.ceil(shadow.blur * 1.5 + Math.max(Math.abs(shadow.x), Math.abs(shadow.y)));
  const sticksOut = layer.isCutAtBox || layer.motion !== null ? 0 : overhang(content, box);
  const around = reach + sticksOut;
  const rect = { x: -around, y: -around, width: box.width + 2 * around, height: box.height + 2 * around };
  const canvas = makeCanvas(Math.round(rect.width * density), Math.round(rect.height * density));
  const context = canvas.getContext('2d');
  context.scale(canvas.width / rect.width, canvas.height / rect.height);
  context.translate(around, around);
  const boxRect = { x: 0, y: 0, ...box };
  context.save();
  if (layer.isCutAtBox || layer.motion !== null || layer.cornerRadius > 0) context.clip(roundedRect(boxRect, layer.cornerRadius));
  if (layer.backdrop !== null) drawBackdrop(context, content, { layer, density, sigma: layer.backdrop.sigma });
  options.moveContent(context);
  drawPicture(context, content);
  context.restore();
  if (layer.border !== null) strokeInside(context, { rect: boxRect, radius: layer.cornerRadius, ...layer.border });
  if (shadow === null) return { canvas, rect };
  const shaded = makeCanvas(canvas.width, canvas.height);
  const under = shaded.getContext('2d');
  under.shadowColor = shadow.color;
  under.shadowBlur = shadow.blur * density;
  under.shadowOffsetX = shadow.x * density;
  under.shadowOffsetY = shadow.y * density;
  under.drawImage(canvas, 0, 0);
  return { canvas: shaded, rect };
};

const overhang = (content: Picture, box: { width: number; height: number }): number => {
  const { x, y, width, height } = content.rect;
  return Math.ceil(Math.min(400, Math.max(0, -x, -y, x + width - box.width, y + height - box.height)));
};

/** The content once more, filling the box, blurred, enlarged a little so that the blur's pale rim lies outside. */
const drawBackdrop = (
  context: SKRSContext2D,
  content: Picture,
  options: { layer: Layer; density: number; sigma: number },
): void => {
  const { box } = options.layer;
  const { rect, canvas } = content;
  const fill = Math.max(box.width / rect.width, box.height / rect.height) * 1.1;
  const width = rect.width * fill;
  const height = rect.height * fill;
  // Blurred at a quarter of the size: it costs a sixteenth and cannot be told apart.
  const coarse = Math.min(1, options.density / 4);
  const small = makeCanvas(box.width * coarse, box.height * coarse);
  const own = small.getContext('2d');
  own.filter = `blur(${options.sigma * coarse}px)`;
  own.drawImage(
    canvas,
    ((box.width - width) / 2) * coarse,
    ((box.height - height) / 2) * coarse,
    width * coarse,
    height * coarse,
  );
  own.filter = 'none';
  context.drawImage(small, 0, 0, box.width, box.height);
};
