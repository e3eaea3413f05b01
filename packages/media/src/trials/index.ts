/** What tests and the bench do to films, and how they read what is in them; no server needs it. */
export { type Attack, attackFilm, attackFilms, attacks, buildFilmedGraph, makeFilmedFilm, mirror } from './attacks.ts';
export { type Box, boxes } from './boxes.ts';
export { openIndependentReader, type Verdict } from './independent-reader.ts';
export { startStampAuthority } from './stamp-authority.ts';
