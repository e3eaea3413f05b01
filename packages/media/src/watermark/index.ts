export * from './invisible/luma-watermarker.ts';
export * from './mark-film.ts';
export * from './mark-picture.ts';
export * from './visible/place-mark.ts';
export type { VisibleMark } from './visible/prepare-overlay.ts';
export * from './watermarker.ts';
