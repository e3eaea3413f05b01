import type { Canvas } from '@polyreel/core';
import type { Layer, Point, Rect } from './scene-graph.ts';
import type { Position } from './schema/common.ts';
import type { Clip } from './schema/edit-schema.ts';

export interface Placement {
  readonly box: Canvas;
  readonly contentRect: Rect;
  readonly isCutAtBox: boolean;
  readonly backdrop: Layer['backdrop'];
  readonly anchor: Point;
  readonly place: Point;
}

/** `blur` behind `contain-blur`: share of the box's height. */
const BACKDROP_BLUR_SHARE = 0.03;

const pixels = (side: number | string | undefined, whole: number): number | undefined => {
  if (side === undefined || typeof side === 'number') return side;
  return Math.max(1, (Number.parseFloat(side) / 100) * whole);
};

/** The clip's own width and height, where given. */
export const givenBox = (clip: Clip, frame: Canvas): { width: number | undefined; height: number | undefined } => ({
  width: pixels(clip.width, frame.width),
  height: pixels(clip.height, frame.height),
});

/**
 * Where media lies: fit, then position (the language's section 8). `crop` fills the box and cuts the surplus where `focus` does not
 * look; `contain` shows all, and the visible size is the box; `cover` stretches; `none` keeps the own pixels.
 */
export const placeMedia = (
  media: Canvas,
  options: { clip: Clip; frame: Canvas; focus: Point; position?: Position },
): Placement => {
  const { clip, frame, focus } = options;
  const given = givenBox(clip, frame);
  const full = { width: given.width ?? frame.width, height: given.height ?? frame.height };
  const position = options.position ?? clip.position ?? 'center';
  const fit = clip.fit ?? 'crop';
  const at = (box: Canvas, contentRect: Rect, isCutAtBox: boolean, backdrop: Layer['backdrop'] = null): Placement => ({
    ...{ box, contentRect, isCutAtBox, backdrop },
    ...anchorOf(box, frame, position),
  });
  switch (fit) {
    case 'crop': {
      const factor = Math.max(full.width / media.width, full.height / media.height);
      const size = { width: media.width * factor, height: media.height * factor };
      const x = -Math.max(0, Math.min(size.width - full.width, size.width * focus.x - full.width / 2));
      const y = -Math.max(0, Math.min(size.height - full.height, size.height * focus.y - full.height / 2));
      return at(full, { x: x + 0, y: y + 0, ...size }, true);
    }
    case 'contain':
    case 'contain-blur': {
      const factor = Math.min(full.width / media.width, full.height / media.height);
      const size = { width: media.width * factor, height: media.height * factor };
      if (fit === 'contain') return at(size, { x: 0, y: 0, ...size }, true);
      const rect = { x: (full.width - size.width) / 2, y: (full.height - size.height) / 2, ...size };
      return at(full, rect, true, { type: 'blur', sigma: full.height * BACKDROP_BLUR_SHARE });
    }
    case 'cover':
    case 'fill':
      return at(full, { x: 0, y: 0, ...full }, true);
    case 'none': {
      const box = { width: given.width ?? media.width, height: given.height ?? media.height };
      // Side by side, not spread: the media may be a crop with a corner of its own.
      const { width, height } = media;
      const rect = { x: (box.width - width) / 2, y: (box.height - height) / 2, width, height };
      return at(box, rect, given.width !== undefined || given.height !== undefined);
    }
  }
};

/** What has no pixels of its own fills its box. */
export const placeBox = (
  box: Canvas,
  options: { clip: Clip; frame: Canvas; position?: Position; isCutAtBox?: boolean },
): Placement => ({
  box,
  contentRect: { x: 0, y: 0, ...box },
  isCutAtBox: options.isCutAtBox ?? false,
  backdrop: null,
  ...anchorOf(box, options.frame, options.position ?? options.clip.position ?? 'center'),
});

/** The same-named edge or corner of the clip meets that of the frame. */
const anchorOf = (box: Canvas, frame: Canvas, position: Position): { anchor: Point; place: Point } => {
  const word = position.toLowerCase();
  const x = word.includes('left') ? 0 : word.includes('right') ? 1 : 0.5;
  const y = word.includes('top') ? 0 : word.includes('bottom') ? 1 : 0.5;
  return { anchor: { x: box.width * x, y: box.height * y }, place: { x: frame.width * x, y: frame.height * y } };
};
