import type { Canvas, CanvasKit, Font, Paint, Shader } from 'canvaskit-wasm';
import type { Gradient, Rect, TextDecoration, TextShadow, TextStroke } from '../../scene-graph.ts';
import { boundedDensity, type Sprite, toShared } from '../sprite.ts';
import { toColor4f } from './canvas-kit.ts';
import { gradientLine } from '../gradients.ts';
import type { LaidGlyphs, TextUnit } from './text-layout.ts';

/** How letters are painted. */
export interface TextLook {
  /** By run. */
  readonly colors: readonly string[];
  readonly decorations: readonly TextDecoration[];
  readonly stroke: TextStroke | null;
  readonly shadow: TextShadow | null;
  /** With the rectangle over which it runs, in the same pixels as the units. */
  readonly gradient: { readonly gradient: Gradient; readonly over: Rect } | null;
}

/** Draws some letters of a layout. `origin` is the layout's corner in the box. Null when nothing of them can be seen. */
export const rasterUnits = (
  canvasKit: CanvasKit,
  options: { units: readonly TextUnit[]; look: TextLook; origin: { x: number; y: number }; density: number },
): Sprite | null => {
  const bounds = inkBounds(options.units, options.look);
  if (bounds === null) return null;
  const density = boundedDensity(bounds.width, bounds.height, options.density);
  const pixelWidth = Math.max(1, Math.ceil(bounds.width * density));
  const pixelHeight = Math.max(1, Math.ceil(bounds.height * density));
  const surface = canvasKit.MakeSurface(pixelWidth, pixelHeight);
  if (surface === null) throw new Error(`no surface of ${pixelWidth} x ${pixelHeight} pixels`);
  try {
    const canvas = surface.getCanvas();
    canvas.clear(canvasKit.TRANSPARENT);
    canvas.scale(density, density);
    canvas.translate(-bounds.x, -bounds.y);
    drawUnits(canvasKit, canvas, options);
    const pixels = canvas.readPixels(0, 0, {
      width: pixelWidth,
      height: pixelHeight,
      colorType: canvasKit.ColorType.RGBA_8888,
      alphaType: canvasKit.AlphaType.Unpremul,
      colorSpace: canvasKit.ColorSpace.SRGB,
    });
    if (!(pixels instanceof Uint8Array)) throw new Error('the pixels of a text could not be read');
    return {
      x: options.origin.x + bounds.x,
      y: options.origin.y + bounds.y,
      width: pixelWidth / density,
      height: pixelHeight / density,
      pixelWidth,
      pixelHeight,
      pixels: toShared(pixels),
    };
  } finally {
    surface.delete();
  }
};

const drawUnits = (canvasKit: CanvasKit, canvas: Canvas, options: { units: readonly TextUnit[]; look: TextLook }): void => {
  const { units, look } = options;
  const { stroke, shadow } = look;
  if (shadow !== null) {
    canvas.save();
    canvas.translate(shadow.x, shadow.y);
    const blur = shadow.blur > 0 ? canvasKit.MaskFilter.MakeBlur(canvasKit.BlurStyle.Normal, shadow.blur / 2, true) : null;
    const shade = (paint: Paint): void => {
      paint.setColor(toColor4f(canvasKit, shadow.color));
      if (blur !== null) paint.setMaskFilter(blur);
    };
    if (stroke !== null) paintUnits(canvasKit, canvas, { units, look, strokeWidth: stroke.width * 2, prepare: shade });
    paintUnits(canvasKit, canvas, { units, look, strokeWidth: 0, prepare: shade });
    blur?.delete();
    canvas.restore();
  }
  if (stroke !== null) {
    const prepare = (paint: Paint): void => paint.setColor(toColor4f(canvasKit, stroke.color));
    paintUnits(canvasKit, canvas, { units, look, strokeWidth: stroke.width * 2, prepare });
  }
  const shader = look.gradient === null ? null : gradientShader(canvasKit, look.gradient);
  const prepare = (paint: Paint, unit: TextUnit): void => {
    paint.setColor(toColor4f(canvasKit, look.colors[unit.run] ?? '#000000ff'));
    if (shader !== null) paint.setShader(shader);
  };
  paintUnits(canvasKit, canvas, { units, look, strokeWidth: 0, prepare });
  shader?.delete();
};

interface Pass {
  readonly units: readonly TextUnit[];
  readonly look: TextLook;
  /** 0: filled. */
  readonly strokeWidth: number;
  readonly prepare: (paint: Paint, unit: TextUnit) => void;
}

const paintUnits = (canvasKit: CanvasKit, canvas: Canvas, pass: Pass): void => {
  const fonts = new Map<string, { piece: LaidGlyphs; font: Font }[]>();
  const paint = new canvasKit.Paint();
  paint.setAntiAlias(true);
  if (pass.strokeWidth > 0) {
    paint.setStyle(canvasKit.PaintStyle.Stroke);
    paint.setStrokeWidth(pass.strokeWidth);
    paint.setStrokeJoin(canvasKit.StrokeJoin.Round);
  }
  for (const unit of pass.units) {
    pass.prepare(paint, unit);
    for (const piece of unit.pieces) {
      canvas.drawGlyphs(piece.glyphs, piece.positions, 0, 0, fontFor(canvasKit, fonts, piece), paint);
    }
    const decoration = pass.look.decorations[unit.run] ?? 'none';
    if (decoration !== 'none') canvas.drawRect(decorationRect(canvasKit, unit, decoration), paint);
  }
  paint.delete();
  for (const { font } of [...fonts.values()].flat()) font.delete();
};

const fontFor = (canvasKit: CanvasKit, fonts: Map<string, { piece: LaidGlyphs; font: Font }[]>, piece: LaidGlyphs): Font => {
  const key = `${piece.size} ${piece.isFakeBold} ${piece.isFakeItalic}`;
  const group = fonts.get(key) ?? [];
  const known = group.find((entry) => entry.piece.typeface === piece.typeface);
  if (known !== undefined) return known.font;
  const font = new canvasKit.Font(piece.typeface, piece.size);
  font.setSubpixel(true);
  font.setLinearMetrics(true);
  font.setHinting(canvasKit.FontHinting.None);
  font.setEdging(canvasKit.FontEdging.AntiAlias);
  font.setEmbolden(piece.isFakeBold);
  if (piece.isFakeItalic) font.setSkewX(-0.25);
  fonts.set(key, [...group, { piece, font }]);
  return font;
};

const decorationRect = (canvasKit: CanvasKit, unit: TextUnit, decoration: 'underline' | 'line-through'): Float32Array => {
  const size = unit.pieces[0]?.size ?? 0;
  const thickness = Math.max(1, size / 15);
  const middle = unit.baseline + size * (decoration === 'underline' ? 0.12 : -0.28);
  return canvasKit.LTRBRect(unit.left, middle - thickness / 2, unit.right, middle + thickness / 2);
};

const gradientShader = (canvasKit: CanvasKit, options: { gradient: Gradient; over: Rect }): Shader => {
  const { gradient, over } = options;
  const colors = gradient.stops.map((stop) => toColor4f(canvasKit, stop.color));
  const offsets = gradient.stops.map((stop) => stop.offset);
  const centre = [over.x + over.width / 2, over.y + over.height / 2];
  if (gradient.type === 'radial') {
    const radius = Math.hypot(over.width, over.height) / 2;
    return canvasKit.Shader.MakeRadialGradient(centre, Math.max(0.01, radius), colors, offsets, canvasKit.TileMode.Clamp);
  }
  const { from, to } = gradientLine(gradient.angle, over);
  return canvasKit.Shader.MakeLinearGradient([from.x, from.y], [to.x, to.y], colors, offsets, canvasKit.TileMode.Clamp);
};

/** A generous rectangle around what the letters paint: letters reach beyond their advance and line. */
const inkBounds = (units: readonly TextUnit[], look: TextLook): Rect | null => {
  const inked = units.filter((unit) => !unit.isBlank || (look.decorations[unit.run] ?? 'none') !== 'none');
  if (inked.length === 0) return null;
  const size = Math.max(...inked.flatMap((unit) => unit.pieces.map((piece) => piece.size)));
  const { shadow, stroke } = look;
  const spread = (stroke?.width ?? 0) + 2;
  const reach = shadow === null ? 0 : shadow.blur * 1.5;
  const around = {
    left: Math.max(0, reach - (shadow?.x ?? 0)),
    right: Math.max(0, reach + (shadow?.x ?? 0)),
    top: Math.max(0, reach - (shadow?.y ?? 0)),
    bottom: Math.max(0, reach + (shadow?.y ?? 0)),
  };
  const left = Math.min(...inked.map((unit) => unit.left)) - spread - around.left - size * 0.35;
  const right = Math.max(...inked.map((unit) => unit.right)) + spread + around.right + size * 0.35;
  const top = Math.min(...inked.map((unit) => unit.baseline)) - size * 1.35 - spread - around.top;
  const bottom = Math.max(...inked.map((unit) => unit.baseline)) + size * 0.6 + spread + around.bottom;
  // On whole pixels: a text at rest is then drawn without a second smoothing.
  const x = Math.floor(left);
  const y = Math.floor(top);
  return { x, y, width: Math.ceil(right) - x, height: Math.ceil(bottom) - y };
};
