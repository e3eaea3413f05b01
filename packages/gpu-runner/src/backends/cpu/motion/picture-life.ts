/** What moves in a picture beside the camera; ratios 0..1. */
export interface PictureLife {
  readonly rain: number;
  readonly snow: number;
  readonly fog: number;
  readonly sparks: number;
  /** Carries rain, snow, fog and sparks sideways. */
  readonly wind: number;
  /** Near things (a person, hair, leaves) sway. */
  readonly sway: number;
  /** Far things (clouds, trees behind) sway. */
  readonly backSway: number;
  /** Breathing of the light. */
  readonly light: number;
}

/**
 * Reads from a prompt what is to move in the picture. Words for things at rest (a snowy mountain, a raincoat) move nothing. The negative
 * prompt, and terms with a leading minus, take away. What follows `Subject:` moves the near things and only them, what follows
 * `Background:` the far ones.
 */
export const readPictureLife = (prompt: string, negativePrompt = ''): PictureLife => {
  const wanted = prompt.replace(/(^|[\s,;])-\s*[^\s,;]+/g, '$1');
  const clauses = readClauses(wanted);
  const everywhere = plain(`${clauses.general} , ${clauses.background}`);
  const refused = plain(`${negativePrompt} , ${(prompt.match(/(?:^|[\s,;])-\s*[^\s,;]+/g) ?? []).join(' , ')}`);
  const amountIn = (text: string, name: keyof typeof words): number => {
    if (words[name].test(refused)) return 0;
    const found = words[name].exec(text);
    if (found === null || /\b(?:no|without|not|never)(?: [a-z]+)? $/.test(text.slice(0, found.index))) return 0;
    const near = text.slice(Math.max(0, found.index - 16), found.index + found[0].length);
    if (/\b(?:light|soft|gentle|slight|thin|faint|subtle)\b/.test(near)) return 0.5;
    return /\b(?:heavy|dense|thick|strong|torrential|wild|blizzard|downpour|storm|stormy)\b/.test(near) ? 1 : 0.75;
  };
  const amount = (name: keyof typeof words): number => amountIn(everywhere, name);
  const general = plain(clauses.general);
  const wind = amount('wind');
  const asked = (clause: string): number => (clause.trim() === '' || STILL.test(plain(clause)) ? 0 : 0.8);
  return {
    rain: amount('rain'),
    snow: amount('snow'),
    fog: amount('fog'),
    sparks: amount('sparks'),
    wind: wind === 0 ? 0.2 : wind,
    sway: Math.max(amountIn(general, 'movement') * 0.8, amountIn(general, 'wind'), asked(clauses.subject)),
    backSway: asked(clauses.background),
    light: Math.max(0.45, amount('light')),
  };
};

/** What the prompt says of everything, of the subject alone and of the background alone. */
const readClauses = (prompt: string): { general: string; subject: string; background: string } => {
  const clause = (name: string): string =>
    new RegExp(`\\b${name}:(.*?)(?=\\b(?:subject|background):|$)`, 'is').exec(prompt)?.[1] ?? '';
  const [general = ''] = prompt.split(/\b(?:subject|background):/i);
  return { general, subject: clause('subject'), background: clause('background') };
};

const STILL = /\b(?:still|motionless|static|frozen|not move|not moving|no movement|no motion|at rest)\b/;

const words = {
  rain: /\b(?:rain|raining|rains|rainy|rainfall|raindrops?|downpour|drizzle|rainstorm|thunderstorm)\b/,
  snow: /\b(?:snowing|snows|snowfall|snowflakes?|falling snow|snow (?:is )?(?:falls?|falling|drifts?|drifting)|blizzard|snowstorm|flurries|snow(?! (?:capped|covered|topped|clad|white|peaks?|mountains?|y)\b))\b/,
  fog: /\b(?:fog|foggy|mist|misty|haze|hazy|smoke|smoky|steam|vapou?r)\b/,
  sparks: /\b(?:sparks?|embers?|fireflies|glowing particles|bonfire|campfire|flames?)\b/,
  wind: /\b(?:wind|windy|breeze|breezy|gusts?|gale|storm|stormy|blowing)\b/,
  movement:
    /\b(?:sways?|swaying|waves?|waving|dances?|dancing|moves?|moving|turns?|turning|nods?|nodding|breathes?|breathing|walks?|walking|runs?|running|smiles?|smiling|talks?|talking|hair|leaves|grass|flowers?|flags?|water|ripples?)\b/,
  light: /\b(?:flicker|flickers|flickering|shimmer|shimmers|shimmering|glow|glows|glowing|candle|candlelight|sparkling|light)\b/,
} as const;

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z,]+/g, ' ');
