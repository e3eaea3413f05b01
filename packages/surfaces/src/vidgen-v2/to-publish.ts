import type { PublishSpec } from '@polyreel/core';
import type { GenerateRequest, Settings } from './schemas.ts';

type VisibleMark = NonNullable<PublishSpec['visibleMark']>;
type Position = VisibleMark['position'];

const defaults = { scale: 0.15, opacity: 0.8, margin: 0.02, color: '#ffffff' } as const;

/** What is done to the film before it is given away. Always something: each film of this API is signed and can be found again. */
export function toPublish(request: GenerateRequest, settings: Settings, image: { fileId: string } | null): PublishSpec {
  const visibleMark = toVisibleMark(request, settings, image);
  return {
    ...(visibleMark && { visibleMark }),
    hasInvisibleMark: request.wm_invisible ?? settings.VIDGEN_V2_WATERMARK_INVISIBLE,
    credits: toCredits(request.cs),
  };
}

/** Any key that describes a visible mark asks for one, unless `wm_enabled` says no; `wm_invisible` stands for itself. */
const asksForMark = (request: GenerateRequest): boolean => {
  const { wm_text, wm_image, wm_position, wm_scale, wm_opacity, wm_margin, wm_color } = request;
  return [wm_text, wm_image, wm_position, wm_scale, wm_opacity, wm_margin, wm_color].some((value) => value !== undefined);
};

function toVisibleMark(request: GenerateRequest, settings: Settings, image: { fileId: string } | null): VisibleMark | null {
  if (!(request.wm_enabled ?? (asksForMark(request) || settings.VIDGEN_V2_WATERMARK))) return null;
  const text = request.wm_text?.trim() || settings.VIDGEN_V2_WATERMARK_TEXT;
  return {
    position: toPosition(request.wm_position ?? 'bottom-right'),
    scale: request.wm_scale ?? defaults.scale,
    opacity: request.wm_opacity ?? defaults.opacity,
    margin: request.wm_margin ?? defaults.margin,
    content: image ? { image } : { text, color: request.wm_color ?? defaults.color },
  };
}

const shortRows: Readonly<Record<string, 'top' | 'middle' | 'bottom'>> = { t: 'top', c: 'middle', b: 'bottom' };
const shortColumns: Readonly<Record<string, 'left' | 'middle' | 'right'>> = { l: 'left', c: 'middle', r: 'right' };
const places: Readonly<Record<'top' | 'middle' | 'bottom', Readonly<Record<'left' | 'middle' | 'right', Position>>>> = {
  top: { left: 'top-left', middle: 'top', right: 'top-right' },
  middle: { left: 'left', middle: 'center', right: 'right' },
  bottom: { left: 'bottom-left', middle: 'bottom', right: 'bottom-right' },
};

/** Of a word that the schema has let through, in any of its spellings. */
export function toPosition(word: string): Position {
  const plain = word.toLowerCase().replace(/[-_ ]/g, '');
  if (/^[tcb][lcr]$|^c$/.test(plain)) {
    const row = shortRows[plain.charAt(0)] ?? 'middle';
    return places[row][shortColumns[plain.charAt(1)] ?? 'middle'];
  }
  const row = plain.startsWith('top') ? 'top' : plain.startsWith('bottom') ? 'bottom' : 'middle';
  const column = plain.endsWith('left') ? 'left' : plain.endsWith('right') ? 'right' : 'middle';
  return places[row][column];
}

const creditNames = ['title', 'author', 'organization', 'copyright', 'license', 'description', 'url', 'software'] as const;

/** Blank texts override nothing; names that mean nothing here are kept as they are. */
function toCredits(cs: GenerateRequest['cs']): PublishSpec['credits'] {
  const given = Object.entries(cs).filter(([, value]) => value.trim() !== '');
  const known = creditNames.flatMap((name) => {
    const found = given.find(([key]) => key === `cs_${name}`);
    return found ? [[name, found[1].trim()] as const] : [];
  });
  const other = given.filter(([key]) => !creditNames.some((name) => key === `cs_${name}`));
  return { ...Object.fromEntries(known), ...(other.length > 0 && { other: Object.fromEntries(other) }) };
}
