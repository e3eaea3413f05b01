import type { CaptionLook, StoryLook } from '@polyreel/core';
import type { CaptionStyle, RemixAction, WireColor } from './schemas.ts';

const byte = (value: number): string => value.toString(16).padStart(2, '0');
const hex = ({ red, green, blue }: WireColor): string => `#${byte(red)}${byte(green)}${byte(blue)}`;
const hexOrNull = (color: WireColor | null | undefined): string | null => (color ? hex(color) : null);

const forms = { RECT: 'box', WRAPPED: 'lines', WORD_BY_WORD: 'word' } as const;
const aligns = { LEFT: 'left', CENTER: 'center', RIGHT: 'right' } as const;
const positions = { TOP: 'top', MIDDLE: 'middle', BOTTOM: 'bottom' } as const;
const black = '#000000';
const defaultStrokePixels = 8;

/** White letters with a dark outline at the lower edge, unless the style says otherwise. */
export function toCaptionLook(style: CaptionStyle = {}): CaptionLook {
  const { backgroundStyle: ground, fontName } = style;
  const strokeColor = style.strokeColor === undefined ? black : hexOrNull(style.strokeColor);
  const strokePixels = style.strokeWeight ?? defaultStrokePixels;
  return {
    ...(fontName && { fontFamily: fontName }),
    fontPixels: style.fontSize ?? 64,
    fontWeight: style.fontWeight ?? 700,
    color: style.textColor ? hex(style.textColor) : '#ffffff',
    align: aligns[style.textJustification ?? 'CENTER'],
    position: positions[style.verticalAlignment ?? 'BOTTOM'],
    stroke: strokeColor === null || strokePixels === 0 ? null : { color: strokeColor, pixels: strokePixels },
    ground: ground
      ? {
          form: forms[ground.type],
          color: hex(ground.backgroundColor),
          opacityRatio: ground.opacityProportion ?? 1,
          cornerRatio: ground.borderRadiusProportion ?? 0,
        }
      : null,
    spokenColor: hexOrNull(style.spokenTextColor),
    spokenStrokeColor: hexOrNull(style.spokenTextStrokeColor),
    keepsSpokenColor: style.persistSpokenTextColor ?? false,
  };
}

/** Captions as the request has them: left out the default, null none. */
export const captionsOf = (style: CaptionStyle | null | undefined): CaptionLook | null =>
  style === null ? null : toCaptionLook(style);

type Transition = NonNullable<Extract<RemixAction, { type: 'ADD_TRANSITIONS' }>['assetTransition']>;

const transitions = {
  ...{ DYNAMIC: 'dynamic', NONE: 'none', FADE: 'fade', RISE: 'rise' },
  ...{ PAN: 'pan', POP: 'pop', WIPE: 'wipe' },
} as const satisfies Record<Transition, StoryLook['transition']>;
export const toTransition = (name: Transition): StoryLook['transition'] => transitions[name];

type Corner = NonNullable<StoryLook['logo']>['corner'];
const corners = {
  ...{ TOP_LEFT: 'topLeft', TOP_CENTER: 'top', TOP_RIGHT: 'topRight' },
  ...{ BOTTOM_LEFT: 'bottomLeft', BOTTOM_CENTER: 'bottom', BOTTOM_RIGHT: 'bottomRight' },
} as const satisfies Record<string, Corner>;
const defaultLogoRatio = 0.12;

export const toLogo = (
  file: { readonly fileId: string },
  wish: { position?: keyof typeof corners | null | undefined; sizePercent?: number | null | undefined } = {},
): NonNullable<StoryLook['logo']> => ({
  file,
  corner: corners[wish.position ?? 'TOP_RIGHT'],
  widthRatio: wish.sizePercent ? wish.sizePercent / 100 : defaultLogoRatio,
});
