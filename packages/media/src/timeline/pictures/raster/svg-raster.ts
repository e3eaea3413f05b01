import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { decompress } from 'wawoff2';
import type { Rect } from '../../scene-graph.ts';
import type { PreparedStill } from '../prepared.ts';
import { boundedDensity, toShared } from '../sprite.ts';
import { FALLBACK_FAMILIES, findFamily } from '../text/font-catalog.ts';

const require = createRequire(import.meta.url);
let loading: Promise<void> | undefined;

/**
 * Draws SVG markup over a rectangle. The engine is a wasm module without files and network: links to the outside draw nothing,
 * scripts do nothing. Throws Error for markup that is no drawing.
 */
export const rasterSvg = async (markup: string, options: { rect: Rect; density: number }): Promise<PreparedStill> => {
  loading ??= initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  await loading;
  const { rect } = options;
  const density = boundedDensity(rect.width, rect.height, options.density);
  const width = Math.max(1, Math.round(rect.width * density));
  const drawing = new Resvg(markup, {
    fitTo: { mode: 'width', value: width },
    font: { loadSystemFonts: false, fontBuffers: await fontsFor(markup), defaultFontFamily: 'Open Sans' },
  });
  try {
    const picture = drawing.render();
    const pixels = straighten(picture.pixels);
    const sprite = { ...rect, pixelWidth: picture.width, pixelHeight: picture.height, pixels: toShared(pixels) };
    picture.free();
    return { type: 'still', sprite };
  } finally {
    drawing.free();
  }
};

const fontsFor = async (markup: string): Promise<Uint8Array[]> => {
  if (!/<(?:\w+:)?text[\s>]/.test(markup)) return [];
  const missing = new Set([...markup].map((letter) => letter.codePointAt(0) ?? 0));
  const paths = new Set<string>();
  for (const name of ['open sans', 'noto serif', ...FALLBACK_FAMILIES]) {
    const family = findFamily(name);
    if (family === undefined) continue;
    for (const codePoint of missing) {
      const slice = family.sliceFor(codePoint);
      if (slice === undefined) continue;
      paths.add(family.face(slice, { weight: 400, isItalic: false }).path);
      if (name !== 'open sans') missing.delete(codePoint);
    }
  }
  return Promise.all([...paths].map((path) => decompress(readFileSync(path))));
};

/** From premultiplied to straight alpha. */
const straighten = (premultiplied: Uint8Array): Uint8Array => {
  const pixels = Uint8Array.from(premultiplied);
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel += 1)
      pixels[channel] = Math.min(255, Math.round(((pixels[channel] ?? 0) * 255) / alpha));
  }
  return pixels;
};
