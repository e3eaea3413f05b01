import { createHash } from 'node:crypto';
import { chooseVoice, type Voice, voiceCatalog } from '@polyreel/core';
import { badParameter } from './errors.ts';

const lowerAlphanumerics = 36;
const suffixLength = 11;

/** Eleven characters that stand for a stable key. */
export const shortId = (prefix: string, key: string): string =>
  `${prefix}${BigInt(`0x${createHash('sha256').update(key).digest('hex')}`)
    .toString(lowerAlphanumerics)
    .slice(0, suffixLength)}`;

export const voiceId = (voice: Pick<Voice, 'key'>): string => shortId('vg_voic_', voice.key);

const defaultVoice = (): Voice => {
  const [first] = voiceCatalog;
  if (!first) throw new Error('the catalog has no voice');
  return first;
};

/** A voice by id or by name; without one the first of the language, else the default. Throws 400 for one that is not there. */
export function findSpeaker(wish: { voiceId?: string | null | undefined; languageCode?: string | null | undefined }): Voice {
  if (!wish.voiceId) {
    if (!wish.languageCode) return defaultVoice();
    const voice = chooseVoice({ languageCode: wish.languageCode });
    if (!voice) throw badParameter(`speechLanguageCode: no voice speaks ${wish.languageCode.slice(0, 35)}`);
    return voice;
  }
  const name = wish.voiceId.toLowerCase();
  const found = voiceCatalog.find((voice) => voiceId(voice) === wish.voiceId || voice.label.toLowerCase() === name);
  if (!found) throw badParameter('voiceId names no voice of this server');
  return found;
}

export const toVoiceInfo = (voice: Voice) => ({
  voiceId: voiceId(voice),
  languageCode: voice.languageCode,
  displayName: voice.label,
  displayGender: voice.gender === 'female' ? 'FEMALE' : 'MALE',
  accent: voice.accent,
  description: voice.description,
  supportsDirectToolExecution: true,
  supportsAllLanguages: false,
  isDeprecated: false,
});

/** Case-insensitive part of id, name, language, accent or description. */
export function matchesQuery(voice: Voice, query: string): boolean {
  const text = [voiceId(voice), voice.label, voice.languageCode, voice.accent ?? '', voice.description].join('\n').toLowerCase();
  return text.includes(query.toLowerCase());
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** Languages that a voice speaks, by tag. */
export function listLanguages(query: string | null): { languageCode: string; name: string }[] {
  const codes = [...new Set(voiceCatalog.map((voice) => voice.languageCode))].toSorted();
  return codes
    .map((languageCode) => ({ languageCode, name: languageNames.of(languageCode) ?? languageCode }))
    .filter(({ languageCode, name }) => `${languageCode} ${name}`.toLowerCase().includes((query ?? '').toLowerCase()));
}
