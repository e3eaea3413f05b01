/** Side of the gray picture that is hashed, and of the square of low frequencies that is kept. */
export const LOOK_SIDE = 64;
const KEPT = 16;

/** 256 bits. */
export const HASH_BYTES = (KEPT * KEPT) / 8;

export interface PictureHashes {
  readonly hash: Buffer;
  /** Of the picture seen in a mirror. */
  readonly mirrored: Buffer;
  /** Standard deviation of the picture, 0..127: a flat one has a hash that means nothing. */
  readonly detail: number;
}

/** Cosines of the frequencies 1 to 16: the mean and all that is even over the whole picture says nothing. */
const cosines = Float64Array.from({ length: KEPT * LOOK_SIDE }, (_, index) => {
  const frequency = Math.floor(index / LOOK_SIDE) + 1;
  return Math.cos((Math.PI * frequency * (2 * (index % LOOK_SIDE) + 1)) / (2 * LOOK_SIDE));
});

/**
 * The perceptual hash of a 64 x 64 gray picture: 256 low frequencies of its cosine transform, each a bit that says whether it is above
 * their median. Scaling, compression and a little noise change few of them.
 */
export const hashPicture = (gray: Uint8Array): PictureHashes => {
  const rows = new Float64Array(KEPT * LOOK_SIDE);
  for (let y = 0; y < LOOK_SIDE; y += 1) {
    for (let u = 0; u < KEPT; u += 1) {
      let sum = 0;
      for (let x = 0; x < LOOK_SIDE; x += 1) sum += (gray[y * LOOK_SIDE + x] ?? 0) * (cosines[u * LOOK_SIDE + x] ?? 0);
      rows[u * LOOK_SIDE + y] = sum;
    }
  }
  const frequencies = new Float64Array(KEPT * KEPT);
  for (let v = 0; v < KEPT; v += 1) {
    for (let u = 0; u < KEPT; u += 1) {
      let sum = 0;
      for (let y = 0; y < LOOK_SIDE; y += 1) sum += (rows[u * LOOK_SIDE + y] ?? 0) * (cosines[v * LOOK_SIDE + y] ?? 0);
      frequencies[v * KEPT + u] = sum;
    }
  }
  // In a mirror every second frequency across changes its sign: u counts from 1, so the even indices are the odd frequencies.
  const inMirror = frequencies.map((value, index) => (index % 2 === 0 ? -value : value));
  return { hash: bitsOf(frequencies), mirrored: bitsOf(inMirror), detail: deviation(gray) };
};

const bitsOf = (values: Float64Array): Buffer => {
  const sorted = values.toSorted();
  const median = ((sorted[values.length / 2 - 1] ?? 0) + (sorted[values.length / 2] ?? 0)) / 2;
  const bits = Buffer.alloc(HASH_BYTES);
  for (const [index, value] of values.entries())
    if (value > median) bits[index >> 3] = (bits[index >> 3] ?? 0) | (128 >> (index & 7));
  return bits;
};

const deviation = (gray: Uint8Array): number => {
  let sum = 0;
  let squares = 0;
  for (const value of gray) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / gray.length;
  return Math.sqrt(Math.max(0, squares / gray.length - mean * mean));
};
