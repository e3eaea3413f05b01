import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import type { CanvasKit, TypefaceFontProvider } from 'canvaskit-wasm';
import { type CatalogFamily, DEFAULT_FAMILY, emojiFontPath, FALLBACK_FAMILIES, findFamily } from './font-catalog.ts';
import { readFontNames } from './font-names.ts';

/** A font file of the caller. */
export interface UserFont {
  readonly path: string;
  readonly family: string;
  readonly weight: number | null;
  readonly isItalic: boolean | null;
}

export interface FontChoice {
  /** For CanvasKit, best first; each holds a part of the letters. */
  readonly families: readonly string[];
  /** Of variable faces; files of one weight ignore it. */
  readonly wght: number;
  /** A face of the caller is one file: it is thickened or slanted when another weight or style is asked. */
  readonly isUserFont: boolean;
}

const EMOJI_FAMILY = 'polyreel emoji';

/** Opens fonts when a text needs them and hands them to CanvasKit; it holds what it opened until it is closed. */
export class FontLibrary {
  readonly provider: TypefaceFontProvider;
  readonly #registered = new Set<string>();
  #bytes = 0;
  readonly #userFamilies: Map<string, readonly UserFace[]>;
  readonly #onMissingFamily: (family: string, substitute: string) => void;

  private constructor(
    canvasKit: CanvasKit,
    userFamilies: Map<string, readonly UserFace[]>,
    onMissingFamily: (family: string, substitute: string) => void,
  ) {
    this.provider = canvasKit.TypefaceFontProvider.Make();
    this.#userFamilies = userFamilies;
    this.#onMissingFamily = onMissingFamily;
    this.#register(EMOJI_FAMILY, () => readFileSync(emojiFontPath()));
  }

  static async open(
    canvasKit: CanvasKit,
    options: { userFonts: readonly UserFont[]; onMissingFamily: (family: string, substitute: string) => void },
  ): Promise<FontLibrary> {
    const families = new Map<string, UserFace[]>();
    for (const [index, font] of options.userFonts.entries()) {
      const bytes = await readFile(font.path);
      const face = { key: `user ${index}`, bytes, weight: font.weight ?? 400, isItalic: font.isItalic ?? false };
      for (const name of new Set([font.family.toLowerCase(), ...(await readFontNames(bytes))])) {
        families.set(name, [...(families.get(name) ?? []), face]);
      }
    }
    return new FontLibrary(canvasKit, families, options.onMissingFamily);
  }

  /** The fonts with which a stretch of text can be set in a family. */
  choose(options: { text: string; family: string; weight: number; isItalic: boolean; isEmoji: boolean }): FontChoice {
    const { text, family, weight } = options;
    const names: string[] = [];
    const faces = this.#userFamilies.get(family.trim().toLowerCase());
    if (faces !== undefined) names.push(this.#userFace(faces, options));
    const own = faces === undefined ? findFamily(family) : undefined;
    const substitute = own ?? findFamily(DEFAULT_FAMILY);
    if (faces === undefined && own === undefined) this.#onMissingFamily(family, 'Open Sans');
    const candidates = [substitute, ...orderedFallbacks(text)].filter((candidate) => candidate !== undefined);
    const missing = new Set([...text].map((letter) => letter.codePointAt(0) ?? 0));
    for (const candidate of candidates) {
      for (const slice of takeSlices(candidate, missing)) names.push(this.#bundledFace(candidate, slice, options));
    }
    const families = options.isEmoji ? [EMOJI_FAMILY, ...names] : [...names, EMOJI_FAMILY];
    return { families, wght: weight, isUserFont: faces !== undefined };
  }

  /** Of the fonts that are open. */
  get bytes(): number {
    return this.#bytes;
  }

  close(): void {
    this.provider.delete();
  }

  #userFace(faces: readonly UserFace[], asked: { weight: number; isItalic: boolean }): string {
    const distance = (face: UserFace): number =>
      Math.abs(face.weight - asked.weight) + (face.isItalic === asked.isItalic ? 0 : 2000);
    const best = faces.reduce((one, other) => (distance(other) < distance(one) ? other : one));
    this.#register(best.key, () => best.bytes);
    return best.key;
  }

  #bundledFace(family: CatalogFamily, slice: string, asked: { weight: number; isItalic: boolean }): string {
    const face = family.face(slice, asked);
    this.#register(face.path, () => readFileSync(face.path));
    return face.path;
  }

  #register(key: string, read: () => Uint8Array): void {
    if (this.#registered.has(key)) return;
    this.#registered.add(key);
    const font = read();
    this.#bytes += font.byteLength;
    this.provider.registerFont(font, key);
  }
}

interface UserFace {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly weight: number;
  readonly isItalic: boolean;
}

/** Slices of a family that hold letters still missing; what they hold is missing no more. */
const takeSlices = (family: CatalogFamily, missing: Set<number>): Set<string> => {
  const slices = new Set<string>();
  for (const codePoint of missing) {
    const slice = family.sliceFor(codePoint);
    if (slice === undefined) continue;
    slices.add(slice);
    missing.delete(codePoint);
  }
  return slices;
};

/** Han letters look different in Japan, Korea and China: the other letters of the text tell which is meant. */
const orderedFallbacks = (text: string): (CatalogFamily | undefined)[] => {
  const first = /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)
    ? ['noto sans jp']
    : /\p{Script=Hangul}/u.test(text)
      ? ['noto sans kr']
      : [];
  return [...first, ...FALLBACK_FAMILIES].map((name) => findFamily(name));
};
