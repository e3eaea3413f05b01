import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';
import { z } from 'zod';

/** Families that cover each other's gaps, in the order in which a letter looks for its shape; each a package of many small files. */
const families = [
  { name: '@fontsource-variable/noto-sans', file: (subset: string) => `noto-sans-${subset}-wght-normal` },
  { name: '@fontsource/noto-sans-arabic', file: (subset: string) => `noto-sans-arabic-${subset}-700-normal` },
  { name: '@fontsource/noto-sans-hebrew', file: (subset: string) => `noto-sans-hebrew-${subset}-700-normal` },
  { name: '@fontsource-variable/noto-sans-thai', file: (subset: string) => `noto-sans-thai-${subset}-wght-normal` },
  { name: '@fontsource-variable/noto-sans-jp', file: (subset: string) => `noto-sans-jp-${subset}-wght-normal` },
  { name: '@fontsource-variable/noto-sans-sc', file: (subset: string) => `noto-sans-sc-${subset}-wght-normal` },
  { name: '@fontsource-variable/noto-sans-kr', file: (subset: string) => `noto-sans-kr-${subset}-wght-normal` },
] as const;

const rangesSchema = z.record(z.string(), z.string());
const resolve = createRequire(import.meta.url).resolve;
const registered = new Set<string>();

/**
 * A CSS font family list in which each letter of `text` has a shape, as far as any family has one. Fonts are registered once a process,
 * only the parts that some text needed.
 */
export const fontsFor = (text: string): string => {
  const missing = new Set([...text].map((letter) => letter.codePointAt(0) ?? 0));
  const names: string[] = [];
  for (const family of families) {
    if (missing.size === 0) break;
    const folder = path.dirname(resolve(`${family.name}/package.json`));
    const ranges = rangesSchema.parse(JSON.parse(readFileSync(path.join(folder, 'unicode.json'), 'utf8')));
    for (const [subset, range] of Object.entries(ranges)) {
      const covers = parseRange(range);
      const found = [...missing].filter((code) => covers.some(([from, to]) => code >= from && code <= to));
      if (found.length === 0) continue;
      const file = family.file(subset.replace(/^\[(\d+)\]$/, '$1'));
      register(file, path.join(folder, 'files', `${file}.woff2`));
      names.push(`"${file}"`);
      for (const code of found) missing.delete(code);
    }
  }
  return [...names, 'sans-serif'].join(', ');
};

const register = (name: string, file: string): void => {
  if (registered.has(name)) return;
  if (GlobalFonts.registerFromPath(file, name) === null) throw new Error(`font ${name} cannot be read`);
  registered.add(name);
};

const parseRange = (range: string): [number, number][] =>
  range.split(',').map((part) => {
    const [from = '', to = from] = part.trim().replace('U+', '').split('-');
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)];
  });
