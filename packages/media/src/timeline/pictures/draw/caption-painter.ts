import type { SKRSContext2D } from '@napi-rs/canvas';
import type { CaptionContent } from '../../scene-graph.ts';
import { ease } from '../animated.ts';
import type { CaptionPage, PreparedCaption, PreparedWord } from '../text/prepare-caption.ts';
import { drawPicture, fromSprite, type Picture } from './canvases.ts';
import { drawPlate, roundedRect } from './shapes.ts';

interface WordPictures {
  readonly word: PreparedWord;
  readonly plain: Picture | null;
  readonly active: Picture | null;
}

/** The words of a caption as canvases of this thread. */
export interface CaptionPictures {
  readonly prepared: PreparedCaption;
  readonly pages: readonly { readonly page: CaptionPage; readonly words: readonly WordPictures[] }[];
}

export const openCaptionPictures = (prepared: PreparedCaption): CaptionPictures => ({
  prepared,
  pages: prepared.pages.map((page) => ({
    page,
    words: page.words.map((word) => ({
      word,
      plain: word.plain === null ? null : { canvas: fromSprite(word.plain), rect: word.plain },
      active: word.active === null ? null : { canvas: fromSprite(word.active), rect: word.active },
    })),
  })),
});

const ENTER_SECONDS = 0.25;
const POP_SECONDS = 0.25;
const POP_SCALE = 0.18;
const easeOut = { type: 'bezier', x1: 0.16, y1: 1, x2: 0.3, y2: 1 } as const;
const easeOutBack = { type: 'bezier', x1: 0.34, y1: 1.56, x2: 0.64, y2: 1 } as const;

/** Draws what a caption shows at a time of its layer, in box pixels. */
export const drawCaption = (
  context: SKRSContext2D,
  caption: CaptionPictures,
  options: { content: CaptionContent; seconds: number },
): void => {
  const { seconds } = options;
  const shown = caption.pages.find(({ page }) => seconds >= page.fromSeconds && seconds < page.toSeconds);
  if (shown === undefined) return;
  for (const plate of shown.page.plates) drawPlate(context, plate);
  // The word being spoken lies on top of its neighbours.
  const isNow = (word: PreparedWord): boolean => seconds >= word.fromSeconds && seconds < word.toSeconds;
  const ordered = [...shown.words.filter(({ word }) => !isNow(word)), ...shown.words.filter(({ word }) => isNow(word))];
  for (const pictures of ordered) drawWord(context, pictures, { ...options, em: caption.prepared.fontSize });
};

/** Equal texts for moments that look alike; null where a word is moving, or where nothing shows. */
export const captionState = (
  caption: CaptionPictures,
  { content, seconds }: { content: CaptionContent; seconds: number },
): { readonly key: string | null } | null => {
  const at = caption.pages.findIndex(({ page }) => seconds >= page.fromSeconds && seconds < page.toSeconds);
  const shown = caption.pages[at];
  if (shown === undefined) return null;
  const { style } = content.animation;
  if (style !== 'karaoke' && style !== 'highlight' && style !== 'none') return { key: null };
  const flags = shown.words.map(({ word }) => (seconds < word.fromSeconds ? 'b' : seconds < word.toSeconds ? 'n' : 'a'));
  return { key: `${at} ${flags.join('')}` };
};

const drawWord = (
  context: SKRSContext2D,
  pictures: WordPictures,
  options: { content: CaptionContent; seconds: number; em: number },
): void => {
  const { word } = pictures;
  const { seconds, em, content } = options;
  const { style } = content.animation;
  const isActive = style === 'karaoke' ? seconds >= word.fromSeconds : seconds >= word.fromSeconds && seconds < word.toSeconds;
  const look = isActive && pictures.active !== null && style !== 'none' ? pictures.active : pictures.plain;
  if (look === null) return;
  const state = enterState(word, options);
  if (state.alpha <= 0) return;
  context.save();
  context.globalAlpha *= state.alpha;
  const centre = { x: word.rect.x + word.rect.width / 2, y: word.rect.y + word.rect.height / 2 };
  context.translate(centre.x + state.x, centre.y + state.y);
  context.scale(state.scale, state.scale);
  context.translate(-centre.x, -centre.y);
  if (style === 'typewriter') clipLetters(context, word, seconds, em);
  if (isActive && look === pictures.active && word.activeBackground !== null) {
    const { x, y, width, height } = word.rect;
    context.fillStyle = word.activeBackground;
    context.fill(roundedRect({ x: x - em * 0.15, y, width: width + em * 0.3, height }, em * 0.15));
  }
  drawPicture(context, look);
  context.restore();
};

const enterState = (
  word: PreparedWord,
  options: { content: CaptionContent; seconds: number; em: number },
): { alpha: number; x: number; y: number; scale: number } => {
  const { style, direction } = options.content.animation;
  const still = { alpha: 1, x: 0, y: 0, scale: 1 };
  const since = options.seconds - word.fromSeconds;
  const progress = Math.min(1, Math.max(0, since / ENTER_SECONDS));
  const vectors = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;
  const [dx, dy] = vectors[direction];
  switch (style) {
    case 'karaoke':
    case 'highlight':
    case 'none':
    case 'typewriter':
      return still;
    case 'pop': {
      if (since < 0 || since >= POP_SECONDS) return still;
      return { ...still, scale: 1 + POP_SCALE * Math.sin((since / POP_SECONDS) * Math.PI) };
    }
    case 'fade':
      return { ...still, alpha: progress };
    case 'slide': {
      const away = (1 - ease(easeOut, progress)) * options.em * 0.8;
      return { ...still, alpha: progress, x: -dx * away, y: -dy * away };
    }
    case 'bounce': {
      const away = (1 - ease(easeOutBack, progress)) * options.em * 0.8;
      return { ...still, alpha: Math.min(1, progress * 2), y: -away };
    }
  }
};

/** Shows as many letters as have been spoken. */
const clipLetters = (context: SKRSContext2D, word: PreparedWord, seconds: number, em: number): void => {
  const span = Math.max(0.001, word.toSeconds - word.fromSeconds);
  const count = Math.ceil(((seconds - word.fromSeconds) / span) * word.letterEnds.length);
  const isWhole = count >= word.letterEnds.length;
  const shown = count <= 0 ? 0 : isWhole ? word.rect.width + em : (word.letterEnds[count - 1] ?? 0);
  const start = isWhole ? em : 0;
  const x = word.isRightToLeft ? word.rect.x + word.rect.width - shown : word.rect.x - start;
  context.beginPath();
  context.rect(x, word.rect.y - em, count <= 0 ? 0 : shown + start, word.rect.height + 2 * em);
  context.clip();
};
