import { Path2D, type SKRSContext2D } from '@napi-rs/canvas';
import type { Gradient, Paint, Rect, ShapeContent } from '../../scene-graph.ts';
import { gradientLine } from '../gradients.ts';
import type { TextPlate } from '../text/prepare-text.ts';

/** What a canvas fills with. */
export const fillStyleOf = (context: SKRSContext2D, paint: Paint, over: Rect): string | CanvasGradientLike => {
  if (paint.type === 'color') return paint.color;
  return gradientStyle(context, paint, over);
};

type CanvasGradientLike = ReturnType<SKRSContext2D['createLinearGradient']>;

export const gradientStyle = (context: SKRSContext2D, gradient: Gradient, over: Rect): CanvasGradientLike => {
  const style = gradient.type === 'linear' ? linearStyle(context, gradient.angle, over) : radialStyle(context, over);
  for (const stop of gradient.stops) style.addColorStop(Math.min(1, Math.max(0, stop.offset)), stop.color);
  return style;
};

const linearStyle = (context: SKRSContext2D, angle: number, over: Rect): CanvasGradientLike => {
  const { from, to } = gradientLine(angle, over);
  return context.createLinearGradient(from.x, from.y, to.x, to.y);
};

const radialStyle = (context: SKRSContext2D, over: Rect): CanvasGradientLike => {
  const centre = { x: over.x + over.width / 2, y: over.y + over.height / 2 };
  return context.createRadialGradient(centre.x, centre.y, 0, centre.x, centre.y, Math.hypot(over.width, over.height) / 2);
};

export const roundedRect = (rect: Rect, radius: number): Path2D => {
  const path = new Path2D();
  const bounded = Math.max(0, Math.min(radius, rect.width / 2, rect.height / 2));
  if (bounded === 0) path.rect(rect.x, rect.y, rect.width, rect.height);
  else path.roundRect(rect.x, rect.y, rect.width, rect.height, bounded);
  return path;
};

/** A line of `width` that lies wholly inside the rectangle. */
export const strokeInside = (
  context: SKRSContext2D,
  options: { rect: Rect; radius: number; width: number; color: string },
): void => {
  const { rect } = options;
  const width = Math.min(options.width, rect.width / 2, rect.height / 2);
  const inner = { x: rect.x + width / 2, y: rect.y + width / 2, width: rect.width - width, height: rect.height - width };
  context.strokeStyle = options.color;
  context.lineWidth = width;
  context.stroke(roundedRect(inner, Math.max(0, options.radius - width / 2)));
};

export const drawPlate = (context: SKRSContext2D, plate: TextPlate): void => {
  if (plate.fill !== null) {
    context.fillStyle = plate.fill;
    context.fill(roundedRect(plate, plate.cornerRadius));
  }
  if (plate.border !== null) strokeInside(context, { rect: plate, radius: plate.cornerRadius, ...plate.border });
};

export const drawShape = (context: SKRSContext2D, content: ShapeContent, box: { width: number; height: number }): void => {
  const centre = { x: box.width / 2, y: box.height / 2 };
  const { path, bounds } = shapePath(content.shape, centre, box);
  if (content.fill !== null) {
    context.fillStyle = fillStyleOf(context, content.fill, bounds);
    context.fill(path);
  }
  if (content.stroke !== null && content.stroke.width > 0) {
    context.strokeStyle = content.stroke.color;
    context.lineWidth = content.stroke.width;
    context.lineJoin = 'miter';
    context.stroke(path);
  }
};

/** How far a shape reaches out of its box, at the side where it does most. */
export const shapeOverhang = ({ shape, stroke }: ShapeContent, box: { width: number; height: number }): number => {
  const { path } = shapePath(shape, { x: box.width / 2, y: box.height / 2 }, box);
  const [left, top, right, bottom] = path.computeTightBounds();
  // Pointed corners of a line reach farther than half its width.
  const outline = (stroke?.width ?? 0) * (shape.kind === 'rectangle' || shape.kind === 'ellipse' ? 0.5 : 2);
  return Math.max(0, outline + Math.max(-left, -top, right - box.width, bottom - box.height));
};

type Shape = ShapeContent['shape'];

const shapePath = (
  shape: Shape,
  centre: { x: number; y: number },
  box: { width: number; height: number },
): { path: Path2D; bounds: Rect } => {
  const centred = (width: number, height: number): Rect => ({ x: centre.x - width / 2, y: centre.y - height / 2, width, height });
  switch (shape.kind) {
    case 'rectangle': {
      const bounds = centred(shape.width, shape.height);
      return { path: roundedRect(bounds, shape.cornerRadius), bounds };
    }
    case 'ellipse': {
      const path = new Path2D();
      path.ellipse(centre.x, centre.y, shape.width / 2, shape.height / 2, 0, 0, 2 * Math.PI);
      return { path, bounds: centred(shape.width, shape.height) };
    }
    case 'line': {
      const bounds = centred(shape.length, shape.thickness);
      return { path: roundedRect(bounds, 0), bounds };
    }
    case 'polygon':
      return {
        path: cornersPath(
          centre,
          Array.from({ length: shape.sides }, () => shape.radius),
        ),
        bounds: centred(shape.radius * 2, shape.radius * 2),
      };
    case 'star': {
      const radii = Array.from({ length: shape.points * 2 }, (_, index) =>
        index % 2 === 0 ? shape.outerRadius : shape.innerRadius,
      );
      return { path: cornersPath(centre, radii), bounds: centred(shape.outerRadius * 2, shape.outerRadius * 2) };
    }
    case 'path':
      return { path: new Path2D(shape.d), bounds: { x: 0, y: 0, ...box } };
  }
};

/** One corner a radius, evenly round the centre, the first straight up. */
const cornersPath = (centre: { x: number; y: number }, radii: readonly number[]): Path2D => {
  const path = new Path2D();
  for (const [index, radius] of radii.entries()) {
    const angle = (index / radii.length) * 2 * Math.PI - Math.PI / 2;
    const point = [centre.x + radius * Math.cos(angle), centre.y + radius * Math.sin(angle)] as const;
    if (index === 0) path.moveTo(...point);
    else path.lineTo(...point);
  }
  path.closePath();
  return path;
};
