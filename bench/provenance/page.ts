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
  readonly speeds: readonly SigningSpeed[];
}

export interface SigningSpeed {
  readonly megabytes: number;
  readonly tries: number;
  /** Of the fastest try: what it costs where nobody else wants the cores. */
  readonly milliseconds: number;
  readonly medianMilliseconds: number;
  /** Milliseconds of the fastest try for 10 MB; a smaller film counts as 10 MB, of which there is no part to be signed. */
  readonly perTenMegabytes: number;
  /** The fastest start. */
  readonly startMilliseconds: number;
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
    speeds: signingSpeeds(records.of('speed')),
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

/** One for each size of film, the smallest first. */
function signingSpeeds(records: readonly BenchRecordOf<'speed'>[]): SigningSpeed[] {
  const bySize = Map.groupBy(records, ({ megabytes }) => megabytes.toFixed(1));
  const speeds = [...bySize.values()].map((tries): SigningSpeed => {
    const times = tries.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
    const megabytes = tries[0]?.megabytes ?? 0;
    const milliseconds = times[0] ?? 0;
    return {
      ...{ megabytes, tries: tries.length, milliseconds, medianMilliseconds: times[Math.floor(times.length / 2)] ?? 0 },
      perTenMegabytes: milliseconds / Math.max(1, megabytes / 10),
      startMilliseconds: Math.min(...tries.map(({ startMilliseconds }) => startMilliseconds)),
    };
  });
  return speeds.toSorted((a, b) => a.megabytes - b.megabytes);
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
  const rows = speeds.map(({ megabytes, tries, milliseconds, medianMilliseconds, perTenMegabytes, startMilliseconds }) => [
    ...[`${megabytes.toFixed(1)} MB`, `${milliseconds.toFixed(0)} ms`, `${medianMilliseconds.toFixed(0)} ms`],
    ...[`${perTenMegabytes.toFixed(0)} ms`, `${startMilliseconds.toFixed(0)} ms`, tries],
  ]);
  return `Signing: the fastest and the middle one of the tries; each film is signed by a fresh process. "Signing" is from the first look at the key,
the facts and the film until the signed file is written. "Start" is all before it: the process, and its library until it is compiled,
to which end a film of nothing is signed first. "Per 10 MB" is of the fastest try; a film below 10 MB counts as 10 MB.

${table(['film', 'signing', 'middle', 'per 10 MB', 'start', 'tries'], rows)}`;
}
