import { smoothstep } from './plane-filters.ts';

/** Straight RGB, 8 bit. */
export interface SmallPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A ground that one colour, changing softly over the picture, describes. */
export interface PlainGround {
  /** Six coefficients a channel, over x and y from -1 to 1. */
  readonly coefficients: readonly Float64Array[];
  /** How far the ground strays from it, 0..255. */
  readonly spread: number;
}

/** Share of the picture's shorter side that counts as its border. */
const BORDER = 0.04;
/** Share of the border that must be ground, and how far it may stray, for a ground to be called plain. */
const PLAIN = { leastShare: 0.55, mostSpread: 9 } as const;
const TERMS = 6;

/** Fits the colours along the border, again and again without what does not belong there. Undefined when the ground is not plain. */
export const findPlainGround = (picture: SmallPicture): PlainGround | undefined => {
  const border = borderPixels(picture);
  let kept = border;
  let fitted = fitSurface(picture, kept);
  for (let round = 0; round < 8; round++) {
    const distances = border.map((at) => distanceFrom(picture, fitted, at));
    const limit = Math.max(
      10,
      2.5 * (distances.toSorted((a, b) => a - b)[Math.floor(border.length * PLAIN.leastShare * 0.5)] ?? 0),
    );
    kept = border.filter((_, index) => (distances[index] ?? 0) <= limit);
    if (kept.length < TERMS * 4) return undefined;
    fitted = fitSurface(picture, kept);
  }
  const spread = Math.sqrt(kept.reduce((sum, at) => sum + distanceFrom(picture, fitted, at) ** 2, 0) / kept.length);
  if (kept.length < border.length * PLAIN.leastShare || spread > PLAIN.mostSpread) return undefined;
  return { coefficients: fitted, spread };
};

/** 1 where a pixel cannot be ground, 0 where it is; crumbs are swept away. */
export const maskAgainstGround = (picture: SmallPicture, ground: PlainGround): Float32Array => {
  const { width, height } = picture;
  const low = 12 + 2.5 * ground.spread;
  const mask = Float32Array.from({ length: width * height }, (_, at) =>
    smoothstep(low, low * 2, distanceFrom(picture, ground.coefficients, at)),
  );
  return sweep(mask, width, height);
};

const borderPixels = ({ width, height }: SmallPicture): number[] => {
  const band = Math.max(2, Math.round(Math.min(width, height) * BORDER));
  const pixels: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (x < band || y < band || x >= width - band || y >= height - band) pixels.push(y * width + x);
  return pixels;
};

const termsAt = ({ width, height }: SmallPicture, at: number): readonly number[] => {
  const x = ((at % width) / (width - 1)) * 2 - 1;
  const y = (Math.floor(at / width) / (height - 1)) * 2 - 1;
  return [1, x, y, x * x, x * y, y * y];
};

const distanceFrom = (picture: SmallPicture, coefficients: readonly Float64Array[], at: number): number => {
  const terms = termsAt(picture, at);
  let squares = 0;
  for (let channel = 0; channel < 3; channel++) {
    let expected = 0;
    for (let term = 0; term < TERMS; term++) expected += (coefficients[channel]?.[term] ?? 0) * (terms[term] ?? 0);
    squares += ((picture.data[at * 3 + channel] ?? 0) - expected) ** 2;
  }
  return Math.sqrt(squares);
};

/** Least squares by the normal equations; a trace of damping keeps a border of one side solvable. */
const fitSurface = (picture: SmallPicture, pixels: readonly number[]): Float64Array[] => {
  const matrix = Array.from({ length: TERMS }, () => new Float64Array(TERMS + 3));
  for (const at of pixels) {
    const terms = termsAt(picture, at);
    for (let row = 0; row < TERMS; row++) {
      const line = matrix[row];
      if (line === undefined) continue;
      const factor = terms[row] ?? 0;
      for (let column = 0; column < TERMS; column++) line[column] = (line[column] ?? 0) + factor * (terms[column] ?? 0);
      for (let channel = 0; channel < 3; channel++)
        line[TERMS + channel] = (line[TERMS + channel] ?? 0) + factor * (picture.data[at * 3 + channel] ?? 0);
    }
  }
  for (let row = 1; row < TERMS; row++) {
    const line = matrix[row];
    if (line !== undefined) line[row] = (line[row] ?? 0) + pixels.length * 1e-3;
  }
  solve(matrix);
  return [0, 1, 2].map((channel) => Float64Array.from(matrix, (line) => line[TERMS + channel] ?? 0));
};

/** Gauss-Jordan; the matrix is positive definite, so no pivoting is needed. */
const solve = (matrix: readonly Float64Array[]): void => {
  for (const [pivot, line] of matrix.entries()) {
    const divisor = line[pivot] ?? 1;
    for (let column = 0; column < line.length; column++) line[column] = (line[column] ?? 0) / divisor;
    for (const [row, other] of matrix.entries()) {
      if (row === pivot) continue;
      const factor = other[pivot] ?? 0;
      for (let column = 0; column < line.length; column++) other[column] = (other[column] ?? 0) - factor * (line[column] ?? 0);
    }
  }
};

/** Share of the picture below which a spot is a crumb, and a hole is a crumb of the ground. */
const CRUMB = 0.0015;

/** Removes small islands and fills small holes. */
export const sweep = (mask: Float32Array, width: number, height: number, holeShare: number = CRUMB): Float32Array => {
  const swept = mask.slice();
  for (const inside of [true, false]) {
    const seen = new Uint8Array(mask.length);
    for (let start = 0; start < mask.length; start++) {
      if (seen[start] === 1 || (swept[start] ?? 0) >= 0.5 !== inside) continue;
      const region = [start];
      seen[start] = 1;
      for (let next = 0; next < region.length; next++) {
        const at = region[next] ?? 0;
        const x = at % width;
        const around = [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width];
        for (const place of around) {
          if (place < 0 || place >= mask.length || seen[place] === 1 || (swept[place] ?? 0) >= 0.5 !== inside) continue;
          seen[place] = 1;
          region.push(place);
        }
      }
      if (region.length < (inside ? CRUMB : holeShare) * width * height) for (const at of region) swept[at] = inside ? 0 : 1;
    }
  }
  return swept;
};
