/** Fourier transforms of square arrays of a power of two, in place: real and imaginary parts apart. */
export interface SquareFourier {
  /** `inverse`: without the division by the number of values. */
  transform(real: Float64Array, imaginary: Float64Array, inverse: boolean): void;
}

export const createSquareFourier = (side: number): SquareFourier => {
  const line = createLine(side);
  return {
    transform(real, imaginary, inverse) {
      for (let row = 0; row < side; row += 1) line(real, imaginary, row * side, 1, inverse);
      for (let column = 0; column < side; column += 1) line(real, imaginary, column, side, inverse);
    },
  };
};

type Line = (real: Float64Array, imaginary: Float64Array, start: number, stride: number, inverse: boolean) => void;

/** One line of the array, radix 2; copied out and back, because neighbours in memory are what is fast. */
const createLine = (size: number): Line => {
  const bits = Math.log2(size);
  const reversed = Uint16Array.from({ length: size }, (_, index) => {
    let result = 0;
    for (let bit = 0; bit < bits; bit += 1) if ((index & (1 << bit)) !== 0) result |= 1 << (bits - 1 - bit);
    return result;
  });
  const cosines = Float64Array.from({ length: size / 2 }, (_, index) => Math.cos((2 * Math.PI * index) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, index) => Math.sin((2 * Math.PI * index) / size));
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  return (real, imaginary, start, stride, inverse) => {
    for (let index = 0; index < size; index += 1) {
      const from = start + (reversed[index] ?? 0) * stride;
      re[index] = real[from] ?? 0;
      im[index] = imaginary[from] ?? 0;
    }
    const sign = inverse ? 1 : -1;
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let group = 0; group < size; group += 2 * half) {
        for (let k = 0; k < half; k += 1) {
          const c = cosines[k * step] ?? 0;
          const s = sign * (sines[k * step] ?? 0);
          const a = group + k;
          const b = a + half;
          const br = re[b] ?? 0;
          const bi = im[b] ?? 0;
          const tr = br * c - bi * s;
          const ti = br * s + bi * c;
          const ar = re[a] ?? 0;
          const ai = im[a] ?? 0;
          re[b] = ar - tr;
          im[b] = ai - ti;
          re[a] = ar + tr;
          im[a] = ai + ti;
        }
      }
    }
    for (let index = 0; index < size; index += 1) {
      const to = start + index * stride;
      real[to] = re[index] ?? 0;
      imaginary[to] = im[index] ?? 0;
    }
  };
};
