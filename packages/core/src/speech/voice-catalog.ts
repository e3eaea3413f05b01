/** How this server speaks with a voice where no speech endpoint is set. */
export type VoiceEngine =
  | { readonly program: 'flite'; readonly voice: 'slt' | 'rms' | 'awb' | 'kal16' }
  | { readonly program: 'espeak-ng'; readonly voice: string; readonly wordsPerMinute: number };

export interface Voice {
  /** Stored in specs: never renamed. */
  readonly key: string;
  readonly label: string;
  /** Locale tag, such as `en-US`. */
  readonly languageCode: string;
  readonly gender: 'female' | 'male';
  readonly accent: string | null;
  readonly description: string;
  readonly engine: VoiceEngine;
}

const english = (
  voice: 'slt' | 'rms' | 'awb' | 'kal16',
  entry: Pick<Voice, 'key' | 'label' | 'gender' | 'accent' | 'description'> & { languageCode: string },
): Voice => ({ ...entry, engine: { program: 'flite', voice } });

interface Language {
  readonly languageCode: string;
  readonly name: string;
  /** espeak-ng's name of the language. */
  readonly espeak: string;
  readonly accent?: string;
  /** Labels of its voices. */
  readonly female: string;
  readonly male: string;
}

const languages: readonly Language[] = [
  { languageCode: 'en-GB', name: 'English', espeak: 'en-gb', accent: 'british', female: 'Olivia', male: 'Arthur' },
  { languageCode: 'de-DE', name: 'German', espeak: 'de', female: 'Hanna', male: 'Jonas' },
  { languageCode: 'fr-FR', name: 'French', espeak: 'fr-fr', female: 'Camille', male: 'Louis' },
  { languageCode: 'es-ES', name: 'Spanish', espeak: 'es', accent: 'castilian', female: 'Lucía', male: 'Mateo' },
  { languageCode: 'es-MX', name: 'Spanish', espeak: 'es-419', accent: 'latin american', female: 'Valentina', male: 'Diego' },
  { languageCode: 'it-IT', name: 'Italian', espeak: 'it', female: 'Giulia', male: 'Marco' },
  { languageCode: 'pt-BR', name: 'Portuguese', espeak: 'pt-br', accent: 'brazilian', female: 'Beatriz', male: 'Rafael' },
  { languageCode: 'pt-PT', name: 'Portuguese', espeak: 'pt', accent: 'european', female: 'Inês', male: 'Tiago' },
  { languageCode: 'nl-NL', name: 'Dutch', espeak: 'nl', female: 'Sanne', male: 'Daan' },
  { languageCode: 'pl-PL', name: 'Polish', espeak: 'pl', female: 'Zofia', male: 'Jakub' },
  { languageCode: 'sv-SE', name: 'Swedish', espeak: 'sv', female: 'Elsa', male: 'Nils' },
  { languageCode: 'da-DK', name: 'Danish', espeak: 'da', female: 'Freja', male: 'Emil' },
  { languageCode: 'nb-NO', name: 'Norwegian', espeak: 'nb', female: 'Ingrid', male: 'Henrik' },
  { languageCode: 'fi-FI', name: 'Finnish', espeak: 'fi', female: 'Aino', male: 'Eero' },
  { languageCode: 'cs-CZ', name: 'Czech', espeak: 'cs', female: 'Tereza', male: 'Tomáš' },
  { languageCode: 'hu-HU', name: 'Hungarian', espeak: 'hu', female: 'Réka', male: 'Bence' },
  { languageCode: 'ro-RO', name: 'Romanian', espeak: 'ro', female: 'Ioana', male: 'Andrei' },
  { languageCode: 'el-GR', name: 'Greek', espeak: 'el', female: 'Eleni', male: 'Nikos' },
  { languageCode: 'tr-TR', name: 'Turkish', espeak: 'tr', female: 'Elif', male: 'Emre' },
  { languageCode: 'ru-RU', name: 'Russian', espeak: 'ru', female: 'Anna', male: 'Dmitri' },
  { languageCode: 'uk-UA', name: 'Ukrainian', espeak: 'uk', female: 'Oksana', male: 'Taras' },
  { languageCode: 'hi-IN', name: 'Hindi', espeak: 'hi', female: 'Ananya', male: 'Arjun' },
  { languageCode: 'id-ID', name: 'Indonesian', espeak: 'id', female: 'Sari', male: 'Budi' },
  { languageCode: 'vi-VN', name: 'Vietnamese', espeak: 'vi', female: 'Linh', male: 'Minh' },
  { languageCode: 'zh-CN', name: 'Chinese', espeak: 'cmn', female: 'Mei', male: 'Wei' },
  { languageCode: 'ko-KR', name: 'Korean', espeak: 'ko', female: 'Seo-yeon', male: 'Min-jun' },
  { languageCode: 'ar-SA', name: 'Arabic', espeak: 'ar', female: 'Layla', male: 'Omar' },
];

// The variants of which a recogniser understood the most; espeak-ng's plain voice is a man's.
const variants = { female: 'f2', male: 'm3' } as const;

const voicesOf = ({ languageCode, name, espeak, accent, female, male }: Language): Voice[] =>
  (['female', 'male'] as const).map((gender) => ({
    key: `${languageCode.toLowerCase()}-${gender}`,
    label: gender === 'female' ? female : male,
    languageCode,
    gender,
    accent: accent ?? null,
    description: `${gender === 'female' ? "A woman's" : "A man's"} voice for ${name}, clear and synthetic`,
    engine: { program: 'espeak-ng', voice: `${espeak}+${variants[gender]}`, wordsPerMinute: 150 },
  }));

/** Every voice that a server without a speech endpoint has; the first is the default. */
export const voiceCatalog: readonly Voice[] = [
  english('slt', {
    key: 'en-us-female',
    label: 'Clara',
    languageCode: 'en-US',
    gender: 'female',
    accent: 'american',
    description: 'A calm American woman, good for narration',
  }),
  english('rms', {
    key: 'en-us-male',
    label: 'Walter',
    languageCode: 'en-US',
    gender: 'male',
    accent: 'american',
    description: 'A steady American man, the easiest to understand',
  }),
  english('kal16', {
    key: 'en-us-male-2',
    label: 'Karl',
    languageCode: 'en-US',
    gender: 'male',
    accent: 'american',
    description: 'A plain American man, quick and dry',
  }),
  english('awb', {
    key: 'en-gb-scotland-male',
    label: 'Alistair',
    languageCode: 'en-GB',
    gender: 'male',
    accent: 'scottish',
    description: 'A Scottish man, warm',
  }),
  ...languages.flatMap(voicesOf),
];

/** Undefined for a key that is not in the catalog. */
export const findVoice = (key: string): Voice | undefined => voiceCatalog.find((voice) => voice.key === key);

/**
 * The first voice for a language hint, `es` or `es-MX`: the exact locale before the language, the gender where one is given.
 * Undefined: none speaks that language.
 */
export function chooseVoice(wish: { languageCode?: string; gender?: Voice['gender'] }): Voice | undefined {
  const locale = wish.languageCode?.toLowerCase();
  const language = locale?.split(/[-_]/)[0];
  const rank = (voice: Voice): number => {
    const code = voice.languageCode.toLowerCase();
    return (code === locale ? 2 : 0) + (voice.gender === wish.gender ? 1 : 0);
  };
  return voiceCatalog
    .filter((voice) => language === undefined || voice.languageCode.toLowerCase().split('-')[0] === language)
    .toSorted((a, b) => rank(b) - rank(a))[0];
}
