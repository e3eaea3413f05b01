/** Smooth noise over a line in -1..1, one lattice point a unit; equal for equal seed and stream. */
export const createNoise = (seed: number, stream: number): ((position: number) => number) => {
  const at = (index: number): number => (hash(seed, stream, index) / 0xffff_ffff) * 2 - 1;
  return (position) => {
    const index = Math.floor(position);
    const ratio = position - index;
    const weight = ratio * ratio * ratio * (ratio * (ratio * 6 - 15) + 10);
    return at(index) + (at(index + 1) - at(index)) * weight;
  };
};

/** 32 well-mixed bits of three integers. */
export const hash = (a: number, b: number, c: number): number => {
  let bits = Math.imul(a, 0x8da6b343) ^ Math.imul(b, 0xd8163841) ^ Math.imul(c, 0xcb1ab31f);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return (bits ^ (bits >>> 15)) >>> 0;
};
