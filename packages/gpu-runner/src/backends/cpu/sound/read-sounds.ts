import type { EffectName } from './effects.ts';

const words: Readonly<Record<Exclude<EffectName, 'room'>, RegExp>> = {
  rain: /\b(?:rain|rains|raining|rainy|rainfall|rainstorm|downpour|drizzle|thunderstorm|monsoon)\b/,
  wind: /\b(?:wind|winds|windy|breeze|breezy|gusts?|gale|storm|stormy|blizzard|hurricane|tornado|rustl(?:e|es|ing))\b/,
  sea: /\b(?:sea|seaside|ocean|waves|surf|beach|shore|coast|tide|river|waterfall|stream)\b/,
  fire: /\b(?:fire|bonfire|campfire|fireplace|flames?|burning|embers?|torch|torches|candles?)\b/,
  thunder: /\b(?:thunder|thunders|thundering|thunderstorm|lightning)\b/,
  footsteps: /\b(?:footsteps?|walks?|walking|strolls?|strolling|marches|marching|steps|jogs?|jogging|hikes?|hiking)\b/,
  engine:
    /\b(?:engines?|motors?|cars?|trucks? (?:drives?|driving)|traffic|driving|motorcycles?|motorbikes?|lorry|lorries|bus|buses|tractors?|planes?|helicopters?|boats?|trains?|race)\b/,
  crowd:
    /\b(?:crowds?|crowded|people|audience|market|party|stadium|cheers?|cheering|applause|chatter|festival|cafe|restaurant)\b/,
  birds: /\b(?:birds?|birdsong|chirps?|chirping|seagulls?|sparrows?|forest|meadow|dawn)\b/,
  explosion: /\b(?:explosions?|explodes?|exploding|blasts?|fireworks?|bombs?|detonat(?:es?|ion))\b/,
  whoosh: /\b(?:whoosh|whooshes|swoosh|swish|sword|arrows?|flies past|zooms past|rockets?|spaceships?)\b/,
  bell: /\b(?:bells?|chimes?|church|gong)\b/,
};

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z,.]+/g, ' ');
const negation = /\b(?:no|not|without|never)(?: [a-z]+)? $/;

/** What of the prompt can be heard. "Without" and the negative prompt take away. Sound of the camera's own move is none. */
export function readSounds(prompt: string, negativePrompt: string): EffectName[] {
  // Camera trucks are no engines, and zooming is no rocket.
  const text = plain(prompt).replace(/\bcamera [a-z ]+/g, ' ');
  const refused = plain(negativePrompt);
  return soundNames.filter((name) => {
    const found = words[name].exec(text);
    return found !== null && !words[name].test(refused) && !negation.test(text.slice(0, found.index));
  });
}

const soundNames = [
  ...(['rain', 'wind', 'sea', 'fire', 'thunder', 'footsteps'] as const),
  ...(['engine', 'crowd', 'birds', 'explosion', 'whoosh', 'bell'] as const),
];
