export * from './fingerprint-film.ts';
export * from './perceptual-hash.ts';
