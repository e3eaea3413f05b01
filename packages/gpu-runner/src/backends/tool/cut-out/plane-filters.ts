/** Mean over a square of side 2 `radius` + 1; near the border over what is there. */
export const boxMean = (values: Float32Array, width: number, height: number, radius: number): Float32Array => {
  const rows = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    let sum = 0;
    let count = 0;
    for (let x = -radius; x < width; x++) {
      const enter = x + radius;
      if (enter < width) {
        sum += values[y * width + enter] ?? 0;
        count += 1;
      }
      const leave = x - radius - 1;
      if (leave >= 0) {
        sum -= values[y * width + leave] ?? 0;
        count -= 1;
      }
      if (x >= 0) rows[y * width + x] = sum / count;
    }
  }
  const means = new Float32Array(values.length);
  for (let x = 0; x < width; x++) {
    let sum = 0;
    let count = 0;
    for (let y = -radius; y < height; y++) {
      const enter = y + radius;
      if (enter < height) {
        sum += rows[enter * width + x] ?? 0;
        count += 1;
      }
      const leave = y - radius - 1;
      if (leave >= 0) {
        sum -= rows[leave * width + x] ?? 0;
        count -= 1;
      }
      if (y >= 0) means[y * width + x] = sum / count;
    }
  }
  return means;
};

export const smoothstep = (low: number, high: number, value: number): number => {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
};

/** Resamples a plane between cell centres. */
export const resizePlane = (
  plane: Float32Array,
  from: { width: number; height: number },
  to: { width: number; height: number },
): Float32Array => {
  if (from.width === to.width && from.height === to.height) return plane;
  const resized = new Float32Array(to.width * to.height);
  for (let y = 0, at = 0; y < to.height; y++) {
    const sourceY = Math.min(from.height - 1, Math.max(0, ((y + 0.5) * from.height) / to.height - 0.5));
    const top = Math.floor(sourceY);
    const fy = sourceY - top;
    const above = top * from.width;
    const below = Math.min(from.height - 1, top + 1) * from.width;
    for (let x = 0; x < to.width; x++, at++) {
      const sourceX = Math.min(from.width - 1, Math.max(0, ((x + 0.5) * from.width) / to.width - 0.5));
      const left = Math.floor(sourceX);
      const right = Math.min(from.width - 1, left + 1);
      const fx = sourceX - left;
      const high = (plane[above + left] ?? 0) * (1 - fx) + (plane[above + right] ?? 0) * fx;
      const low = (plane[below + left] ?? 0) * (1 - fx) + (plane[below + right] ?? 0) * fx;
      resized[at] = high * (1 - fy) + low * fy;
    }
  }
  return resized;
};
