import type { ChromaKey } from '../../scene-graph.ts';

/**
 * Makes pixels near the key colour transparent, in place. Distance is that of 8 bit RGB. `spill` takes what the key's strongest
 * channel has beyond the mean of the other two out of what stays.
 */
export const applyChromaKey = (pixels: Uint8ClampedArray, key: ChromaKey): void => {
  const channel = (at: number): number => Number.parseInt(key.color.slice(at, at + 2), 16);
  const [red, green, blue] = [channel(1), channel(3), channel(5)];
  const inner = key.threshold * key.threshold;
  const outer = (key.threshold + key.halo) ** 2;
  const strongest = green >= red && green >= blue ? 1 : blue >= red ? 2 : 0;
  const second = (strongest + 1) % 3;
  const third = (strongest + 2) % 3;
  for (let at = 0; at < pixels.length; at += 4) {
    const dr = (pixels[at] ?? 0) - red;
    const dg = (pixels[at + 1] ?? 0) - green;
    const db = (pixels[at + 2] ?? 0) - blue;
    const square = dr * dr + dg * dg + db * db;
    if (square <= inner) {
      pixels[at + 3] = 0;
      continue;
    }
    if (square < outer) {
      const share = (Math.sqrt(square) - key.threshold) / key.halo;
      pixels[at + 3] = (pixels[at + 3] ?? 0) * share;
    }
    if (key.spill > 0) {
      const excess = (pixels[at + strongest] ?? 0) - ((pixels[at + second] ?? 0) + (pixels[at + third] ?? 0)) / 2;
      if (excess > 0) pixels[at + strongest] = (pixels[at + strongest] ?? 0) - excess * key.spill;
    }
  }
};
