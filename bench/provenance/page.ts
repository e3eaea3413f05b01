import { attacks, mirror } from '@polyreel/media/trials';
import type { BenchRecordOf, Records } from './records.ts';

export interface AttackNumbers {
  readonly name: string;
  readonly tried: number;
  readonly marks: number;
  readonly fingerprints: number;
  /** By mark or fingerprint. */
  readonly found: number;
  /** ffmpeg's MPEG-7 signature calls it the same film, of so many that it was asked for. */
  readonly mpeg7: number;
  readonly mpeg7Asked: number;
}

export interface ProvenanceNumbers {
  readonly films: number;
  readonly filmsOfRunner: number;
  readonly filmsOf720Lines: number;
  readonly psnrMin: number;
  readonly attacks: readonly AttackNumbers[];
  readonly unmarked: number;
  readonly falseIds: number;
  readonly pairs: number;
  readonly falsePairs: number;
  /** 0: no independent reader on this machine. */
  readonly signed: number;
  readonly valid: number;
  readonly caught: number;
  readonly speeds: readonly Pick<BenchRecordOf<'speed'>, 'megabytes' | 'milliseconds' | 'startMilliseconds'>[];
}

/** Pure. */
export function provenanceNumbers(records: Pick<Records, 'of'>): ProvenanceNumbers {
  const films = records.of('film');
  const clips = records.of('clip');
  const signatures = records.of('signature');
  const looked = [...films, ...clips];
  return {
    films: films.length,
    filmsOfRunner: films.filter(({ source }) => source === 'cpu').length,
    filmsOf720Lines: films.filter(({ width }) => width === 1280).length,
    psnrMin: Math.min(...films.map(({ psnrMin }) => psnrMin)),
    attacks: [...attacks, mirror].map(({ name }) => attackNumbers(name, films)),
    unmarked: clips.length,
    falseIds: clips.filter(({ hasId }) => hasId).length,
    pairs: looked.reduce((sum, { comparedFilms }) => sum + comparedFilms, 0),
    falsePairs: looked.reduce((sum, { falseMatches }) => sum + falseMatches, 0),
    signed: signatures.length,
    valid: signatures.filter(({ isValid }) => isValid).length,
    caught: signatures.filter(({ isChangeCaught }) => isChangeCaught).length,
    speeds: fastest(records.of('speed')),
  };
}

function attackNumbers(name: string, films: readonly BenchRecordOf<'film'>[]): AttackNumbers {
  const tried = films.flatMap((film) => film.attacks.filter((attack) => attack.name === name));
  const asked = tried.filter(({ isMpeg7 }) => isMpeg7 !== null);
  return {
    name,
    tried: tried.length,
    marks: tried.filter(({ hasMark }) => hasMark).length,
    fingerprints: tried.filter(({ hasFingerprint }) => hasFingerprint).length,
    found: tried.filter(({ hasMark, hasFingerprint }) => hasMark || hasFingerprint).length,
    mpeg7: asked.filter(({ isMpeg7 }) => isMpeg7 === true).length,
    mpeg7Asked: asked.length,
  };
}

/** The least of all tries with a film of the same size. */
function fastest(speeds: readonly BenchRecordOf<'speed'>[]): ProvenanceNumbers['speeds'] {
  const best = new Map<string, BenchRecordOf<'speed'>>();
  for (const speed of speeds) {
    const size = speed.megabytes.toFixed(1);
    if (speed.milliseconds < (best.get(size)?.milliseconds ?? Number.POSITIVE_INFINITY)) best.set(size, speed);
  }
  return [...best.values()].toSorted((a, b) => a.megabytes - b.megabytes);
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The page as it is committed. */
export const provenanceMarkdown = (numbers: ProvenanceNumbers): string => `# Marks, fingerprints, signatures

Made by \`npm run bench -- provenance\`, in parts (\`--minutes\`): so far ${numbers.films} of 100 films and ${numbers.unmarked} of 1,000 unmarked clips (\`TEST_SCALE=1\`).
Each film has 6 s; ${numbers.filmsOfRunner} are the cpu runner's, by 20 prompts, the others cut from two or three shots with grain; ${numbers.filmsOf720Lines} have 1280x720, the others
832x480. The hidden mark is read, and the film looked up by its fingerprint in the server's own store among all the others, after each
film went through the change alone, its manifest gone. MPEG-7 is ffmpeg's \`signature\` filter, a second opinion on every fifth film.

${table(
  ['change', 'mark read', 'fingerprint', 'either', 'films', 'MPEG-7'],
  numbers.attacks.map(({ name, tried, marks, fingerprints, found, mpeg7, mpeg7Asked }) => [
    ...[name, marks, fingerprints, found, tried],
    `${mpeg7} of ${mpeg7Asked}`,
  ]),
)}

A mirror image has its fingerprint, not its mark.

${table(
  ['', ''],
  [
    ['least PSNR of a frame, before encoding', `${numbers.psnrMin.toFixed(2)} dB`],
    ['ids read from unmarked clips', `${numbers.falseIds} of ${numbers.unmarked}`],
    ['pairs of unlike films and clips that match', `${numbers.falsePairs} of ${numbers.pairs}`],
    ['films valid for the Python package c2pa-python', `${numbers.valid} of ${numbers.signed}`],
    ['one bit changed at a random place inside moov or mdat: caught', `${numbers.caught} of ${numbers.signed}`],
  ],
)}

The format leaves \`ftyp\` and the manifest's own padding out of what is signed; changes there are not caught.

${signingText(numbers.speeds)}
`;

function signingText(speeds: ProvenanceNumbers['speeds']): string {
  if (speeds.length === 0)
    return 'Signing speed: not measured yet. The last part of the bench does it, on a machine that does nothing else.';
  const rows = speeds.map(({ megabytes, milliseconds, startMilliseconds }) => [
    `${megabytes.toFixed(1)} MB`,
    `${milliseconds.toFixed(0)} ms`,
    `${((milliseconds / megabytes) * 10).toFixed(0)} ms`,
    `${startMilliseconds.toFixed(0)} ms`,
  ]);
  return `Signing, the fastest try; each film is signed by a fresh process. "Start" is that process and its library until they can be used, and is not
in the time of signing, which includes what the library compiles at its first use.

${table(['film', 'signing', 'per 10 MB', 'start'], rows)}`;
}
