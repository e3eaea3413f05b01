import type { RgbaPicture } from '../rgba.ts';
import type { SmallPicture } from './ground.ts';
import { boxMean, smoothstep } from './plane-filters.ts';

/** Cells of the small picture round an edge in which the picture itself decides what is hair and what is ground. */
const EDGE_RADIUS = 4;
/** Variance (of colours 0..1) below which an area has no edge to follow. */
const EDGE_EPSILON = 4e-4;
/** Cells round an edge from which the colours of figure and ground are taken. */
const COLOUR_RADIUS = 5;
const FIELDS = 10;

/**
 * Cuts a picture out by a coarse mask: edges follow the picture (a colour guided filter, solved small and applied at full size), and colours
 * at the edge are those of the figure without the ground that shines through. Transparency of the picture itself is kept.
 */
export const cutOut = (picture: RgbaPicture, small: SmallPicture, mask: Float32Array): RgbaPicture => {
  const fields = solveFields(small, mask);
  const { width, height, data } = picture;
  const result = new Uint8Array(data.length);
  const cell = new Float32Array(FIELDS);
  const line = new Float32Array(small.width * FIELDS);
  for (let y = 0, at = 0; y < height; y++) {
    const smallY = Math.min(small.height - 1.001, Math.max(0, ((y + 0.5) * small.height) / height - 0.5));
    const top = Math.floor(smallY);
    const fy = smallY - top;
    const above = top * line.length;
    for (let field = 0; field < line.length; field++)
      line[field] = (fields[above + field] ?? 0) * (1 - fy) + (fields[above + line.length + field] ?? 0) * fy;
    for (let x = 0; x < width; x++, at += 4) {
      const smallX = Math.min(small.width - 1.001, Math.max(0, ((x + 0.5) * small.width) / width - 0.5));
      const left = Math.floor(smallX);
      const fx = smallX - left;
      const from = left * FIELDS;
      for (let field = 0; field < FIELDS; field++)
        cell[field] = (line[from + field] ?? 0) * (1 - fx) + (line[from + FIELDS + field] ?? 0) * fx;
      const raw =
        (cell[3] ?? 0) +
        ((cell[0] ?? 0) * (data[at] ?? 0) + (cell[1] ?? 0) * (data[at + 1] ?? 0) + (cell[2] ?? 0) * (data[at + 2] ?? 0)) / 255;
      const alpha = smoothstep(0.08, 0.92, raw);
      result[at + 3] = Math.round(alpha * (data[at + 3] ?? 255));
      for (let channel = 0; channel < 3; channel++) {
        const value = data[at + channel] ?? 0;
        const figure = cell[4 + channel] ?? 0;
        const ground = cell[7 + channel] ?? 0;
        const cleaned = alpha >= 1 ? value : figure + alpha * (value - alpha * figure - (1 - alpha) * ground);
        result[at + channel] = Math.min(255, Math.max(0, Math.round(cleaned)));
      }
    }
  }
  return { width, height, data: result };
};

/** For each cell: three slopes and an offset from colour to alpha, the figure's colour, the ground's colour. */
const solveFields = ({ width, height, data }: SmallPicture, mask: Float32Array): Float32Array => {
  const cells = width * height;
  const channels = [0, 1, 2].map((channel) =>
    Float32Array.from({ length: cells }, (_, at) => (data[at * 3 + channel] ?? 0) / 255),
  );
  const mean = (plane: Float32Array, radius = EDGE_RADIUS): Float32Array => boxMean(plane, width, height, radius);
  const times = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, at) => value * (b[at] ?? 0));
  const [r = mask, g = mask, b = mask] = channels;
  const [meanR, meanG, meanB, meanMask] = [mean(r), mean(g), mean(b), mean(mask)];
  const second = { rr: mean(times(r, r)), rg: mean(times(r, g)), rb: mean(times(r, b)), gg: mean(times(g, g)) };
  const third = { gb: mean(times(g, b)), bb: mean(times(b, b)) };
  const withMask = { r: mean(times(r, mask)), g: mean(times(g, mask)), b: mean(times(b, mask)) };
  const slopes = [0, 1, 2, 3].map(() => new Float32Array(cells));
  for (let at = 0; at < cells; at++) {
    const [mr, mg, mb, mm] = [meanR[at] ?? 0, meanG[at] ?? 0, meanB[at] ?? 0, meanMask[at] ?? 0];
    const solved = solveThree(
      [
        (second.rr[at] ?? 0) - mr * mr + EDGE_EPSILON,
        (second.rg[at] ?? 0) - mr * mg,
        (second.rb[at] ?? 0) - mr * mb,
        (second.gg[at] ?? 0) - mg * mg + EDGE_EPSILON,
        (third.gb[at] ?? 0) - mg * mb,
        (third.bb[at] ?? 0) - mb * mb + EDGE_EPSILON,
      ],
      [(withMask.r[at] ?? 0) - mr * mm, (withMask.g[at] ?? 0) - mg * mm, (withMask.b[at] ?? 0) - mb * mm],
    );
    const [sr, sg, sb] = solved;
    for (const [place, value] of [sr, sg, sb, mm - sr * mr - sg * mg - sb * mb].entries()) {
      const plane = slopes[place];
      if (plane !== undefined) plane[at] = value;
    }
  }
  const smooth = slopes.map((plane) => mean(plane));
  const alpha = Float32Array.from({ length: cells }, (_, at) => {
    const value =
      (smooth[0]?.[at] ?? 0) * (r[at] ?? 0) + (smooth[1]?.[at] ?? 0) * (g[at] ?? 0) + (smooth[2]?.[at] ?? 0) * (b[at] ?? 0);
    return smoothstep(0.08, 0.92, value + (smooth[3]?.[at] ?? 0));
  });
  const weightFigure = mean(alpha, COLOUR_RADIUS);
  const figure = channels.map((plane) => mean(times(plane, alpha), COLOUR_RADIUS));
  const all = channels.map((plane) => mean(plane, COLOUR_RADIUS));
  const fields = new Float32Array(cells * FIELDS);
  for (let at = 0; at < cells; at++) {
    const to = at * FIELDS;
    for (let place = 0; place < 4; place++) fields[to + place] = smooth[place]?.[at] ?? 0;
    const weight = weightFigure[at] ?? 0;
    for (let channel = 0; channel < 3; channel++) {
      const own = figure[channel]?.[at] ?? 0;
      fields[to + 4 + channel] = (own / Math.max(1e-3, weight)) * 255;
      fields[to + 7 + channel] = (((all[channel]?.[at] ?? 0) - own) / Math.max(1e-3, 1 - weight)) * 255;
    }
  }
  return fields;
};

type Three = [number, number, number];

/** Solves a symmetric 3 x 3 system, given by its upper half. */
const solveThree = ([a, b, c, d, e, f]: [...Three, ...Three], [x, y, z]: Three): Three => {
  const [aa, bb, cc] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const [dd, ee, ff] = [a * f - c * c, b * c - a * e, a * d - b * b];
  const determinant = a * aa + b * bb + c * cc;
  if (determinant < 1e-14) return [0, 0, 0];
  return [
    (aa * x + bb * y + cc * z) / determinant,
    (bb * x + dd * y + ee * z) / determinant,
    (cc * x + ee * y + ff * z) / determinant,
  ];
};
