export * from './invisible/luma-watermarker.ts';
export * from './mark-film.ts';
export * from './visible/place-mark.ts';
export * from './watermarker.ts';
