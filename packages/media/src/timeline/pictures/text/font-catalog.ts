import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/**
 * The fonts that come with the product, all under OFL-1.1 or Apache-2.0, read from their npm packages. A package holds slices by
 * alphabet; only those that a text needs are opened.
 */
const variable = (name: string): string => `@fontsource-variable/${name}`;
const fixed = (name: string): string => `@fontsource/${name}`;

const families: Readonly<Record<string, string>> = {
  'open sans': variable('open-sans'),
  roboto: variable('roboto'),
  inter: variable('inter'),
  montserrat: variable('montserrat'),
  'noto sans': variable('noto-sans'),
  'noto serif': variable('noto-serif'),
  'noto sans jp': variable('noto-sans-jp'),
  'noto sans kr': variable('noto-sans-kr'),
  'noto sans sc': variable('noto-sans-sc'),
  'noto sans thai': variable('noto-sans-thai'),
  oswald: variable('oswald'),
  'playfair display': variable('playfair-display'),
  orbitron: variable('orbitron'),
  'work sans': variable('work-sans'),
  'noto sans arabic': fixed('noto-sans-arabic'),
  'noto sans hebrew': fixed('noto-sans-hebrew'),
  'noto sans devanagari': fixed('noto-sans-devanagari'),
  'permanent marker': fixed('permanent-marker'),
  'sue ellen francisco': fixed('sue-ellen-francisco'),
  'luckiest guy': fixed('luckiest-guy'),
  'didact gothic': fixed('didact-gothic'),
  'clear sans': fixed('clear-sans'),
  bangers: fixed('bangers'),
  arapey: fixed('arapey'),
  lato: fixed('lato'),
  poppins: fixed('poppins'),
};

/** Words of CSS and of Windows for what we have. */
const aliases: Readonly<Record<string, string>> = {
  'sans-serif': 'open sans',
  sans: 'open sans',
  arial: 'open sans',
  helvetica: 'open sans',
  'system-ui': 'inter',
  serif: 'noto serif',
  'times new roman': 'noto serif',
  georgia: 'noto serif',
  'noto sans cjk': 'noto sans sc',
};

/** Asked in this order for letters that the family of a text lacks. */
export const FALLBACK_FAMILIES = [
  'noto sans',
  'noto sans arabic',
  'noto sans hebrew',
  'noto sans thai',
  'noto sans devanagari',
  'noto sans sc',
  'noto sans jp',
  'noto sans kr',
  'open sans',
] as const;

export const DEFAULT_FAMILY = 'open sans';
const require = createRequire(import.meta.url);

export const emojiFontPath = (): string => require.resolve('twemoji-colr-font/twemoji.woff2');

const metadataSchema = z.object({
  id: z.string(),
  subsets: z.array(z.string()),
  styles: z.array(z.string()),
  weights: z.array(z.number()),
  variable: z.union([z.literal(false), z.record(z.string(), z.object({ min: z.string(), max: z.string() }))]),
});

export interface FontFace {
  readonly path: string;
  /** Of the variable axis; null for a file of one weight. */
  readonly wght: number | null;
  readonly isItalic: boolean;
}

export interface CatalogFamily {
  readonly key: string;
  /** The face of a slice nearest to what is asked. */
  face(slice: string, asked: { weight: number; isItalic: boolean }): FontFace;
  /** The slice with a letter; undefined when the family lacks it. */
  sliceFor(codePoint: number): string | undefined;
}

const opened = new Map<string, CatalogFamily>();

/** Finds a bundled family by its name, whatever its case, blanks, hyphens or weight words ("Montserrat-ExtraBold"). */
export const findFamily = (name: string): CatalogFamily | undefined => {
  const plain = name.trim().toLowerCase().replaceAll(/["']/g, '');
  const spaced = plain.replaceAll(/[-_\s]+/g, ' ');
  const base = spaced
    .replace(/ ?(variable|vf)$/, '')
    .replace(
      / ?(thin|(extra|ultra) ?light|light|regular|normal|medium|(semi|demi) ?bold|(extra|ultra) ?bold|bold|black|heavy)?( ?(italic|oblique))?$/,
      '',
    )
    .trim();
  const squeezed = Object.keys(families).find((key) => key.replaceAll(' ', '') === base.replaceAll(' ', ''));
  const key = aliases[plain] ?? aliases[spaced] ?? (families[spaced] === undefined ? squeezed : spaced);
  return key === undefined ? undefined : openFamily(key);
};

const openFamily = (key: string): CatalogFamily | undefined => {
  const known = opened.get(key);
  if (known !== undefined) return known;
  const packageName = families[key];
  if (packageName === undefined) return undefined;
  const family = readFamily(key, packageName);
  opened.set(key, family);
  return family;
};

const LATIN_RANGES = 'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122';

const readFamily = (key: string, packageName: string): CatalogFamily => {
  const folder = dirname(require.resolve(`${packageName}/package.json`));
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const metadata = metadataSchema.parse(read('metadata.json'));
  const listed = Object.entries(z.record(z.string(), z.string()).parse(read('unicode.json')));
  const slices = (listed.length === 0 ? [['latin', LATIN_RANGES] as const] : listed).map(([name, ranges]) => ({
    // Slices without a name of their own are numbered: `[12]`.
    name: name.replaceAll(/[[\]]/g, ''),
    ranges: parseRanges(ranges),
  }));
  // The most common letters first: `latin` stands last in the lists.
  slices.reverse();
  // Packages of fixed weights tell the axes of the family, too.
  const axis =
    metadata.variable === false || !packageName.startsWith('@fontsource-variable/') ? undefined : metadata.variable.wght;
  return {
    key,
    sliceFor: (codePoint) =>
      slices.find(({ ranges }) => ranges.some(([low, high]) => codePoint >= low && codePoint <= high))?.name,
    face(slice, asked) {
      const isItalic = asked.isItalic && metadata.styles.includes('italic');
      const style = isItalic ? 'italic' : 'normal';
      const wght = axis === undefined ? null : Math.min(Number(axis.max), Math.max(Number(axis.min), asked.weight));
      const weight = nearest(metadata.weights, asked.weight);
      const name = `${metadata.id}-${slice}-${wght === null ? weight : 'wght'}-${style}.woff2`;
      return { path: join(folder, 'files', name), wght, isItalic };
    },
  };
};

const nearest = (values: readonly number[], asked: number): number =>
  values.reduce((best, value) => (Math.abs(value - asked) < Math.abs(best - asked) ? value : best), values[0] ?? 400);

const parseRanges = (text: string): (readonly [number, number])[] =>
  text.split(',').map((range) => {
    const [low = '', high] = range.trim().replace(/^U\+/i, '').split('-');
    return [Number.parseInt(low, 16), Number.parseInt(high ?? low, 16)] as const;
  });
