import type { FaceDetector } from '@polyreel/core';
import type { PersonPolicy } from './read-fields.ts';

/** A face that seems younger is taken for a child's. */
const adultYears = 18;

const list = (...words: readonly string[]): RegExp => new RegExp(`\\b(?:${words.join('|')})\\b`, 'i');

/** Young animals and colours are no children. */
const youngThings =
  /\bbaby (?:animals?|bears?|birds?|blue|cats?|chicks?|deer|dogs?|dragons?|ducks?|elephants?|foxes|fox|goats?|groot|lions?|monkeys?|owls?|pandas?|penguins?|pigs?|pink|rabbits?|seals?|sharks?|tigers?|turtles?|wolves|wolf)\b|\bman[- ]made\b|\b(?:goat|goats) kids?\b/gi;

const childWords = list(
  ...['child', 'children', 'childhood', 'childlike', 'kids?', 'kiddo', 'bab(?:y|ies)', 'infants?', 'newborns?', 'toddlers?'],
  ...['teens?', 'teenagers?', 'teenaged?', 'preteens?', 'adolescents?', 'youngsters?', 'juveniles?', 'minors', 'underaged?'],
  ...['boys?', 'girls?', 'school ?boys?', 'school ?girls?', 'schoolchild(?:ren)?', 'preschoolers?', 'pupils', 'kindergart[a-z]+'],
  ...['little (?:one|ones|brother|sister)', '(?:[1-9]|1[0-7])[- ]years?[- ]olds?'],
);

const adultWords = list(
  ...['person', 'persons', 'people', 'human', 'humans', 'humanity', 'somebody', 'someone', 'everybody', 'everyone', 'anyone'],
  ...['man', 'men', 'woman', 'women', 'male', 'female', 'lady', 'ladies', 'gentlem[ae]n', 'guys?', 'dudes?', 'adults?'],
  ...['elderly', 'grand(?:ma|pa|mother|father|parents?)s?', 'mothers?', 'fathers?', 'moms?', 'mums?', 'dads?', 'parents?'],
  ...['sons?', 'daughters?', 'brothers?', 'sisters?', 'husbands?', 'wife', 'wives', 'couples?', 'brides?', 'grooms?'],
  ...['famil(?:y|ies)', 'crowds?', 'pedestrians?', 'passers?[- ]?by', 'tourists?', 'spectators?', 'audience', 'commuters?'],
  ...['actors?', 'actress(?:es)?', 'dancers?', 'singers?', 'musicians?', 'artists?', 'models? posing', 'athletes?', 'players?'],
  ...['runners?', 'surfers?', 'swimmers?', 'skiers?', 'cyclists?', 'hikers?', 'drivers?', 'pilots?', 'sailors?', 'soldiers?'],
  ...['doctors?', 'nurses?', 'teachers?', 'students?', 'chefs?', 'waiters?', 'waitress(?:es)?', 'workers?', 'farmers?'],
  ...['police(?:m[ae]n|wom[ae]n)?', 'firefighters?', 'astronauts?', 'businessm[ae]n', 'businesswom[ae]n', 'kings?', 'queens?'],
  ...['princess(?:es)?', 'princes?', 'knights?', 'warriors?', 'monks?', 'nuns?', 'portraits?', 'selfies?', 'faces?', 'hands?'],
  ...['he', 'she', 'him', 'her', 'his', 'hers'],
);

/** The first word of the texts that the policy refuses, or null. */
export function findRefusedWord(policy: PersonPolicy, texts: readonly string[]): string | null {
  if (policy === 'allow_all') return null;
  for (const text of texts) {
    const plain = text.normalize('NFKC').replace(youngThings, ' ');
    const found = childWords.exec(plain) ?? (policy === 'deny' ? adultWords.exec(plain) : null);
    if (found) return found[0].toLowerCase();
  }
  return null;
}

/** Why the policy refuses a picture with these faces, or null. */
export function findRefusedFace(policy: PersonPolicy, faces: Awaited<ReturnType<FaceDetector['detect']>>): string | null {
  if (policy === 'deny' && faces.length > 0) return 'the image shows a person and person_generation is deny';
  if (policy === 'allow_adult' && faces.some(({ ageYears }) => ageYears < adultYears))
    return 'the image seems to show a child and person_generation is allow_adult';
  return null;
}
