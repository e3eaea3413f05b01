import type { Canvas } from '@polyreel/core';

/** The size that a drawing says it has: width and height in pixels, else its view box; undefined when it says none. */
export const svgSize = (markup: string): Canvas | undefined => {
  const root = /<svg\b[^>]*>/i.exec(markup.slice(0, 200_000))?.[0];
  if (root === undefined) return undefined;
  const side = (name: string): number | undefined => {
    const value = new RegExp(String.raw`\s${name}\s*=\s*["']\s*([\d.]+)\s*(?:px)?\s*["']`, 'i').exec(root)?.[1];
    const number = value === undefined ? Number.NaN : Number(value);
    return Number.isFinite(number) && number > 0 ? number : undefined;
  };
  const box = /\sviewBox\s*=\s*["']\s*([-\d.eE]+)[\s,]+([-\d.eE]+)[\s,]+([\d.eE]+)[\s,]+([\d.eE]+)\s*["']/i.exec(root);
  const [, , , boxWidth, boxHeight] = (box ?? []).map(Number);
  const hasBox = boxWidth !== undefined && boxHeight !== undefined && boxWidth > 0 && boxHeight > 0;
  const width = side('width');
  const height = side('height');
  if (width !== undefined && height !== undefined) return { width, height };
  if (!hasBox) return undefined;
  if (width !== undefined) return { width, height: (width * boxHeight) / boxWidth };
  if (height !== undefined) return { width: (height * boxWidth) / boxHeight, height };
  return { width: boxWidth, height: boxHeight };
};
