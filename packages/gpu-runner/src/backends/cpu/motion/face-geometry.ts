import { setParams, TALK_SLOTS } from './params.ts';
import type { Picture } from './picture.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The 68 points of the iBUG scheme, in canvas pixels. */
export type FaceLandmarks = readonly Point[];

const CHEEK_RIGHT = 2;
const JAW_RIGHT = 4;
const CHIN = 8;
const JAW_LEFT = 12;
const CHEEK_LEFT = 14;
const BROW_RIGHT = 19;
const BROW_LEFT = 24;
const NOSE_TIP = 30;
const NOSE_BASE = 33;
const OUTER_RIGHT = 48;
const UPPER_LIP_TOP = 51;
const OUTER_LEFT = 54;
const LOWER_LIP_BOTTOM = 57;
const INNER_RIGHT = 60;
const INNER_UPPER = 62;
const INNER_LEFT = 64;
const INNER_LOWER = 66;
/** Upper edge of the lower lip, from corner to corner: here the mouth parts, so teeth that show stay with the upper jaw. */
const PARTING = [60, 67, 66, 65, 64] as const;

/** Loudest opening as a share of the mouth's width: 0.10 looks right on a closed mouth, 0.17 like a doll. */
const OPENING_RATIO = 0.115;

export interface FaceGeometry {
  /** Parameters of the `talk` program for this face at rest. */
  readonly base: Float32Array;
  readonly openMax: number;
  readonly raiseMax: number;
  readonly headRadius: number;
}

/** Everything about a face that stays the same for all frames. */
export const measureFace = (landmarks: FaceLandmarks, picture: Picture): FaceGeometry => {
  const at = (index: number): Point => {
    const point = landmarks[index];
    if (point === undefined) throw new Error(`a face needs 68 landmarks, got ${landmarks.length}`);
    return point;
  };
  const origin = middle(at(INNER_RIGHT), at(INNER_LEFT));
  const halfWidth = Math.max(2, distance(at(INNER_RIGHT), at(INNER_LEFT)) / 2);
  const axis = { x: (at(INNER_LEFT).x - origin.x) / halfWidth, y: (at(INNER_LEFT).y - origin.y) / halfWidth };
  const local = (point: Point): Point => {
    const dx = point.x - origin.x;
    const dy = point.y - origin.y;
    return { x: dx * axis.x + dy * axis.y, y: dy * axis.x - dx * axis.y };
  };
  const mouthWidth = distance(at(OUTER_RIGHT), at(OUTER_LEFT));
  const landmarkCurve = fitCubic(PARTING.map((index) => local(at(index))).map(({ x, y }) => ({ x: x / halfWidth, y })));
  const showsTeeth = (local(at(INNER_LOWER)).y - local(at(INNER_UPPER)).y) / halfWidth > 0.14;
  const curve = showsTeeth ? landmarkCurve : settleParting(landmarkCurve, { picture, origin, axis, halfWidth });
  const parting = curve[0] ?? 0;
  const chin = local(at(CHIN)).y;
  const brow = middle(at(BROW_RIGHT), at(BROW_LEFT));
  const head = middle(brow, at(CHIN));
  const headHeight = distance(brow, at(CHIN));
  const openMax = mouthWidth * OPENING_RATIO;
  const colours = mouthColours(picture, {
    lip: middle(at(LOWER_LIP_BOTTOM), at(INNER_LOWER)),
    skin: [at(NOSE_TIP), middle(at(NOSE_BASE), at(CHEEK_RIGHT)), middle(at(NOSE_BASE), at(CHEEK_LEFT))],
  });
  const base = setParams(TALK_SLOTS, new Float32Array(TALK_SLOTS.length), {
    HEAD_X: head.x,
    HEAD_Y: head.y - headHeight * 0.12,
    HEAD_RX: distance(at(0), at(16)) * 0.62,
    HEAD_RY: headHeight * 0.85,
    PIVOT_X: at(CHIN).x,
    PIVOT_Y: at(CHIN).y + headHeight * 0.3,
    MOUTH_X: origin.x,
    MOUTH_Y: origin.y,
    AXIS_X: axis.x,
    AXIS_Y: axis.y,
    HALF_WIDTH: halfWidth,
    CURVE_0: parting,
    CURVE_1: curve[1] ?? 0,
    CURVE_2: curve[2] ?? 0,
    CURVE_3: curve[3] ?? 0,
    LIP_BELOW: Math.max(2, (local(at(LOWER_LIP_BOTTOM)).y - parting) * 1.4),
    LIP_ABOVE: Math.max(1, parting - local(at(UPPER_LIP_TOP)).y),
    NOSE: Math.max(3, parting - local(at(NOSE_BASE)).y),
    CHIN: chin,
    CHIN_END: chin * 1.75,
    JAW_HALF: Math.max(halfWidth * 1.3, distance(at(JAW_RIGHT), at(JAW_LEFT)) * 0.5),
    TEETH: showsTeeth ? 0 : 1,
    OPEN_MAX: openMax,
    ...colours,
  });
  return { base, openMax, raiseMax: showsTeeth ? 0 : openMax * 0.22, headRadius: headHeight };
};

/**
 * Landmarks lie a few pixels beside the line where closed lips meet. That line is the darkest near it: shift and tilt the curve into the
 * dark, not farther than a fifth of the mouth.
 */
const settleParting = (
  curve: readonly number[],
  face: { picture: Picture; origin: Point; axis: Point; halfWidth: number },
): number[] => {
  const { picture, origin, axis, halfWidth } = face;
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = curve;
  const darkness = (shift: number, tilt: number): number => {
    let light = 0;
    for (let step = -12; step <= 12; step++) {
      const u = step / 14;
      const x = u * halfWidth;
      const y = c0 + shift + u * (c1 + tilt + u * (c2 + u * c3));
      const [red, green, blue] = averageColour(picture, {
        x: origin.x + x * axis.x - y * axis.y,
        y: origin.y + x * axis.y + y * axis.x,
      });
      light += (red + green + blue) / 75;
    }
    return -light - 90 * ((shift / halfWidth) ** 2 + (tilt / halfWidth) ** 2);
  };
  let best = { shift: 0, tilt: 0, darkness: darkness(0, 0) };
  for (let shift = -0.2; shift <= 0.2001; shift += 0.025) {
    for (let tilt = -0.1; tilt <= 0.1001; tilt += 0.025) {
      const candidate = { shift: shift * halfWidth, tilt: tilt * halfWidth };
      const found = darkness(candidate.shift, candidate.tilt);
      if (found > best.darkness) best = { ...candidate, darkness: found };
    }
  }
  return [c0 + best.shift, c1 + best.tilt, c2, c3];
};

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Colours of the mouth's inside, in the light of the face. */
const mouthColours = (picture: Picture, spots: { lip: Point; skin: readonly Point[] }) => {
  const lip = averageColour(picture, spots.lip);
  const skin = spots.skin.map((spot) => averageColour(picture, spot));
  const mean = (channel: 0 | 1 | 2): number => skin.reduce((sum, colour) => sum + colour[channel], 0) / skin.length;
  const light = (mean(0) + mean(1) + mean(2)) / 3;
  const tooth = Math.min(215, light * 0.86 + 12);
  // Teeth take on a third of the skin's tint: they stand in its light.
  const tinted = (channel: 0 | 1 | 2): number => tooth * (1 + 0.33 * (mean(channel) / Math.max(light, 1) - 1));
  return {
    DARK_R: lip[0] * 0.24 + 4,
    DARK_G: lip[1] * 0.12,
    DARK_B: lip[2] * 0.12,
    TONGUE_R: lip[0] * 0.6,
    TONGUE_G: lip[1] * 0.42,
    TONGUE_B: lip[2] * 0.44,
    TOOTH_R: tinted(0),
    TOOTH_G: tinted(1) * 0.97,
    TOOTH_B: tinted(2) * 0.94,
  };
};

const averageColour = ({ width, height, data }: Picture, spot: Point): readonly [number, number, number] => {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const x = Math.min(width - 1, Math.max(0, Math.round(spot.x) + dx));
      const y = Math.min(height - 1, Math.max(0, Math.round(spot.y) + dy));
      const at = (y * width + x) * 4;
      red += data[at] ?? 0;
      green += data[at + 1] ?? 0;
      blue += data[at + 2] ?? 0;
    }
  }
  return [red / 9, green / 9, blue / 9];
};

/** Least squares of y = c0 + c1 x + c2 x^2 + c3 x^3, by elimination of the normal equations. */
const fitCubic = (points: readonly Point[]): number[] => {
  const size = 4;
  const rows = Array.from({ length: size }, (_, row) => [
    ...Array.from({ length: size }, (_, column) => points.reduce((sum, { x }) => sum + x ** (row + column), 0)),
    points.reduce((sum, { x, y }) => sum + y * x ** row, 0),
  ]);
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const factor = (rows[row]?.[pivot] ?? 0) / (rows[pivot]?.[pivot] || 1e-9);
      rows[row] = (rows[row] ?? []).map((value, column) => value - factor * (rows[pivot]?.[column] ?? 0));
    }
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] || 1e-9));
};
