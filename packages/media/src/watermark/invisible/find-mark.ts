import { CODED_BITS, decodeId } from './error-correction.ts';
import { createSquareFourier } from './fourier.ts';
import { CHIPS_PER_SIDE, type Layout, TILE_CHIPS } from './pattern.ts';
import type { Residual } from './residual.ts';

/** Samples along the side of a folded tile: two a chip. */
const SIDE = TILE_CHIPS * 2;
const SAMPLES = SIDE * SIDE;
/** How much larger the picture's chips may have become against its shorter side: cut by a third, or set into a frame. */
const SCALE_MIN = 0.8;
const SCALE_MAX = 1.45;
const SCALE_STEP = 0.003;
/** A peak of the search this many standard deviations high is worth a look at its bits. */
const PEAK_MIN = 5.5;
/** Agreement of the sync chips, in standard deviations, below which no id is believed whatever its bits say. */
const AGREEMENT_MIN = 7;
/** Places looked at closely. */
const CANDIDATES_MAX = 8;

export interface FoundMark {
  readonly id: bigint;
  /** Agreement of the known chips, in standard deviations of chance. */
  readonly confidence: number;
  /** Size of a chip against what it would be in the whole, unscaled picture: above 1 the picture was cut. */
  readonly scale: number;
}

/** Looks for the mark of one key in what stands out of a film's frames. Null: there is none, or none that can be believed. */
export const createMarkFinder = (layout: Layout): ((residual: Residual) => FoundMark | null) => {
  const fourier = createSquareFourier(SIDE);
  const template = templateOf(layout, fourier);
  const real = new Float64Array(SAMPLES);
  const imaginary = new Float64Array(SAMPLES);

  /** The best place of the tile for chips of this size. */
  const search = (residual: Residual, chip: number): { shift: number; height: number } => {
    fold(residual, chip, real);
    imaginary.fill(0);
    fourier.transform(real, imaginary, false);
    for (let index = 0; index < SAMPLES; index += 1) {
      const a = real[index] ?? 0;
      const b = imaginary[index] ?? 0;
      const c = template.real[index] ?? 0;
      const d = template.imaginary[index] ?? 0;
      // Loud frequencies are the picture's own; the square root quietens them without making noise of the faint ones.
      // Not Math.hypot: it guards against an overflow that cannot be here, and took a fifth of the time of a search.
      const loud = Math.sqrt(Math.sqrt(a * a + b * b)) + 1e-9;
      real[index] = (a * c + b * d) / loud;
      imaginary[index] = (b * c - a * d) / loud;
    }
    fourier.transform(real, imaginary, true);
    let best = 0;
    let shift = 0;
    let squares = 0;
    for (let index = 0; index < SAMPLES; index += 1) {
      const value = real[index] ?? 0;
      squares += value * value;
      if (value > best) {
        best = value;
        shift = index;
      }
    }
    return { shift, height: best / (Math.sqrt(squares / SAMPLES) || 1) };
  };

  const findAmong = (residual: Residual, scales: readonly number[]): FoundMark | null => {
    const nominal = Math.min(residual.width, residual.height) / CHIPS_PER_SIDE;
    const found: { scale: number; shift: number; height: number }[] = [];
    for (const scale of scales) {
      const { shift, height } = search(residual, nominal * scale);
      if (height >= PEAK_MIN) found.push({ scale, shift, height });
    }
    for (const { scale, shift } of found.toSorted((a, b) => b.height - a.height).slice(0, CANDIDATES_MAX)) {
      const start: Place = {
        chipX: nominal * scale,
        chipY: nominal * scale,
        x: (shift % SIDE) / 2,
        y: Math.floor(shift / SIDE) / 2,
      };
      const { place, agreement } = refine(residual, layout, start);
      if (agreement < AGREEMENT_MIN) continue;
      const id = decodeId(bitsAt(residual, layout, place));
      if (id !== null) return { id, confidence: agreement, scale: Math.sqrt(place.chipX * place.chipY) / nominal };
    }
    return null;
  };

  return (residual) => {
    for (const scales of searches) {
      const found = findAmong(residual, scales);
      if (found !== null) return found;
    }
    return null;
  };
};

/** Most pictures are whole: those are found at once, the others take the long way. */
const isWhole = (scale: number): boolean => Math.abs(Math.log(scale)) < 2.5 * SCALE_STEP;
const allScales = (): number[] => {
  const count = Math.ceil(Math.log(SCALE_MAX / SCALE_MIN) / SCALE_STEP);
  return Array.from({ length: count + 1 }, (_, index) => SCALE_MIN * Math.exp(index * SCALE_STEP));
};

const searches: readonly (readonly number[])[] = [allScales().filter(isWhole), allScales().filter((scale) => !isWhole(scale))];

const templateOf = (
  layout: Layout,
  fourier: ReturnType<typeof createSquareFourier>,
): { real: Float64Array; imaginary: Float64Array } => {
  const real = new Float64Array(SAMPLES);
  const imaginary = new Float64Array(SAMPLES);
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1) real[y * SIDE + x] = layout.sync[(y >> 1) * TILE_CHIPS + (x >> 1)] ?? 0;
  fourier.transform(real, imaginary, false);
  return { real, imaginary };
};

/** Lays all repeats of the tile over each other. */
const fold = (residual: Residual, chip: number, into: Float64Array): void => {
  into.fill(0);
  const { width, height, sum } = residual;
  const columns = Uint16Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * 2) / chip) % SIDE);
  for (let y = 0; y < height; y += 1) {
    const row = (Math.floor(((y + 0.5) * 2) / chip) % SIDE) * SIDE;
    const start = y * width;
    for (let x = 0; x < width; x += 1) {
      const target = row + (columns[x] ?? 0);
      into[target] = (into[target] ?? 0) + (sum[start + x] ?? 0);
    }
  }
};

/** Size of a chip in pixels, and where the tile begins, in chips: the picture's corner shows chip (-x, -y) of it. */
interface Place {
  readonly chipX: number;
  readonly chipY: number;
  readonly x: number;
  readonly y: number;
}

/** Sums of the picture under each chip, weighted as the mark was drawn. */
const chipSums = (residual: Residual, place: Place): { sums: Float64Array; squares: Float64Array } => {
  const { width, height, sum } = residual;
  const sums = new Float64Array(TILE_CHIPS * TILE_CHIPS);
  const squares = new Float64Array(TILE_CHIPS * TILE_CHIPS);
  const wrap = (value: number): number => ((value % TILE_CHIPS) + TILE_CHIPS) % TILE_CHIPS;
  const near = new Uint8Array(width);
  const share = new Float32Array(width);
  for (let x = 0; x < width; x += 1) {
    const at = (x + 0.5) / place.chipX - place.x - 0.5;
    near[x] = wrap(Math.floor(at));
    share[x] = at - Math.floor(at);
  }
  for (let y = 0; y < height; y += 1) {
    const at = (y + 0.5) / place.chipY - place.y - 0.5;
    const top = wrap(Math.floor(at));
    const v = at - Math.floor(at);
    const upper = top * TILE_CHIPS;
    const lower = ((top + 1) % TILE_CHIPS) * TILE_CHIPS;
    for (let x = 0; x < width; x += 1) {
      const value = sum[y * width + x] ?? 0;
      const left = near[x] ?? 0;
      const right = (left + 1) % TILE_CHIPS;
      const u = share[x] ?? 0;
      give(sums, squares, upper + left, value, (1 - u) * (1 - v));
      give(sums, squares, upper + right, value, u * (1 - v));
      give(sums, squares, lower + left, value, (1 - u) * v);
      give(sums, squares, lower + right, value, u * v);
    }
  }
  return { sums, squares };
};

const give = (sums: Float64Array, squares: Float64Array, chip: number, value: number, weight: number): void => {
  sums[chip] = (sums[chip] ?? 0) + value * weight;
  squares[chip] = (squares[chip] ?? 0) + weight * weight;
};

/** How well the known chips agree, in standard deviations of what chance would give. */
const agreementAt = (residual: Residual, layout: Layout, place: Place): number => {
  const { sums } = chipSums(residual, place);
  let agreed = 0;
  let squares = 0;
  for (const [chip, sign] of layout.sync.entries()) {
    if (sign === 0) continue;
    const value = sums[chip] ?? 0;
    agreed += sign * value;
    squares += value * value;
  }
  return agreed / (Math.sqrt(squares) || 1);
};

/** Climbs to the best place nearby: half steps of the grid, and a scale of each side of its own. */
const refine = (residual: Residual, layout: Layout, start: Place): { place: Place; agreement: number } => {
  let place = start;
  let agreement = agreementAt(residual, layout, place);
  for (const size of [1, 0.5, 0.25]) {
    for (let moved = true; moved; ) {
      moved = false;
      for (const next of neighbours(place, residual, size)) {
        const found = agreementAt(residual, layout, next);
        if (found <= agreement) continue;
        agreement = found;
        place = next;
        moved = true;
      }
    }
  }
  return { place, agreement };
};

/** A change of scale turns around the picture's middle, so that the place found before stays right there. */
const neighbours = (place: Place, { width, height }: Residual, size: number): Place[] => {
  const stretch = 1 + 0.0016 * size;
  const turnX = (chipX: number): Place => ({ ...place, chipX, x: place.x + width / 2 / chipX - width / 2 / place.chipX });
  const turnY = (chipY: number): Place => ({ ...place, chipY, y: place.y + height / 2 / chipY - height / 2 / place.chipY });
  return [
    { ...place, x: place.x + 0.4 * size },
    { ...place, x: place.x - 0.4 * size },
    { ...place, y: place.y + 0.4 * size },
    { ...place, y: place.y - 0.4 * size },
    turnX(place.chipX * stretch),
    turnX(place.chipX / stretch),
    turnY(place.chipY * stretch),
    turnY(place.chipY / stretch),
  ];
};

const bitsAt = (residual: Residual, layout: Layout, place: Place): Float64Array => {
  const { sums } = chipSums(residual, place);
  const soft = new Float64Array(CODED_BITS);
  for (const [chip, bit] of layout.bitOf.entries())
    if (bit >= 0) soft[bit] = (soft[bit] ?? 0) + (sums[chip] ?? 0) * (layout.mask[chip] ?? 0);
  return soft;
};
