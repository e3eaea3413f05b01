/** The names of the edit language that come in speeds. */

const withSpeeds = (names: readonly string[]): string[] => names.flatMap((name) => [name, `${name}Slow`, `${name}Fast`]);

export const transitionNames: readonly string[] = [
  'none',
  'zoom',
  ...withSpeeds([
    ...['fade', 'reveal', 'wipeLeft', 'wipeRight'],
    ...['slideLeft', 'slideRight', 'slideUp', 'slideDown'],
    ...['carouselLeft', 'carouselRight', 'carouselUp', 'carouselDown'],
    ...['shuffleTopRight', 'shuffleRightTop', 'shuffleRightBottom', 'shuffleBottomRight'],
    ...['shuffleBottomLeft', 'shuffleLeftBottom', 'shuffleLeftTop', 'shuffleTopLeft'],
  ]),
];

export const effectNames: readonly string[] = [
  'none',
  ...withSpeeds(['zoomIn', 'zoomOut', 'slideLeft', 'slideRight', 'slideUp', 'slideDown']),
];

export type Speed = 'plain' | 'slow' | 'fast';

/** `slideLeftFast` -> `slideLeft`, fast. */
export const splitSpeed = (name: string): { base: string; speed: Speed } => {
  if (name.endsWith('Slow')) return { base: name.slice(0, -4), speed: 'slow' };
  if (name.endsWith('Fast')) return { base: name.slice(0, -4), speed: 'fast' };
  return { base: name, speed: 'plain' };
};
