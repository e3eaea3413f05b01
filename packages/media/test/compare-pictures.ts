/** Structural similarity of two RGBA pictures of one size, by luma, over windows of 8 pixels; 1 is equal. */
export const ssim = (one: Uint8Array, other: Uint8Array, size: { width: number; height: number }): number => {
  const luma = (pixels: Uint8Array, index: number): number =>
    0.299 * (pixels[index * 4] ?? 0) + 0.587 * (pixels[index * 4 + 1] ?? 0) + 0.114 * (pixels[index * 4 + 2] ?? 0);
  let sum = 0;
  let windows = 0;
  for (let top = 0; top + 8 <= size.height; top += 4) {
    for (let left = 0; left + 8 <= size.width; left += 4) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + 8; y += 1) {
        for (let x = left; x < left + 8; x += 1) {
          const p = luma(one, y * size.width + x);
          const q = luma(other, y * size.width + x);
          a += p;
          b += q;
          aa += p * p;
          bb += q * q;
          ab += p * q;
        }
      }
      const [meanA, meanB] = [a / 64, b / 64];
      const [varA, varB, cov] = [aa / 64 - meanA * meanA, bb / 64 - meanB * meanB, ab / 64 - meanA * meanB];
      sum += ((2 * meanA * meanB + 6.5) * (2 * cov + 58.5)) / ((meanA ** 2 + meanB ** 2 + 6.5) * (varA + varB + 58.5));
      windows += 1;
    }
  }
  return sum / windows;
};

/** Mean difference of the colour values, 0..255: sees what luma does not. */
export const meanDifference = (one: Uint8Array, other: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return sum / one.length;
};
