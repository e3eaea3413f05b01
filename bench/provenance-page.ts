import type { AttackNumbers, SpeedNumbers } from './provenance.ts';

export interface ProvenanceNumbers {
  readonly films: number;
  readonly psnrMin: number;
  readonly attacks: readonly AttackNumbers[];
  readonly unmarked: number;
  readonly falseIds: number;
  readonly pairs: number;
  readonly falsePairs: number;
  readonly signed: number;
  /** Null: no independent reader on this machine. */
  readonly valid: number | null;
  readonly caught: number | null;
  readonly speeds: readonly SpeedNumbers[];
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The page as it is committed. */
export const provenanceMarkdown = (numbers: ProvenanceNumbers): string => `# Marks, fingerprints, signatures

Made by \`npm run bench -- provenance\`; this run had ${numbers.films} films (\`TEST_SCALE=1\`: 100). Each has 6 s, half at 832x480 and half at 1280x720, half from
the cpu runner and half cut from several shots with grain. The hidden mark is read, and the fingerprint looked for, after each film went
through the change alone. MPEG-7 is ffmpeg's \`signature\` filter, as a second opinion.

${table(
  ['change', 'mark read', 'fingerprint', 'either', 'MPEG-7', 'films'],
  numbers.attacks.map(({ name, tried, marks, fingerprints, found, mpeg7 }) => [name, marks, fingerprints, found, mpeg7, tried]),
)}

A mirror image has its fingerprint, not its mark.

${table(
  ['', ''],
  [
    ['least PSNR of a frame, before encoding', `${numbers.psnrMin.toFixed(2)} dB`],
    ['ids read from unmarked clips', `${numbers.falseIds} of ${numbers.unmarked}`],
    ['fingerprints of other films that match', `${numbers.falsePairs} of ${numbers.pairs}`],
    ['films valid for the Python package c2pa-python', `${numbers.valid ?? 'not read'} of ${numbers.signed}`],
    ['one bit changed inside moov or mdat: caught', `${numbers.caught ?? 'not read'} of ${numbers.signed}`],
  ],
)}

The format leaves \`ftyp\` and the manifest's own padding out of what is signed; changes there are not caught.

Signing, best of five; each film is signed by a fresh process. "Start" is that process and its library until they can be used, and is not
in the time of signing, which includes what the library compiles at its first use.

${table(
  ['film', 'signing', 'per 10 MB', 'start'],
  numbers.speeds.map(({ megabytes, milliseconds, startMilliseconds }) => [
    `${megabytes.toFixed(1)} MB`,
    `${milliseconds.toFixed(0)} ms`,
    `${((milliseconds / megabytes) * 10).toFixed(0)} ms`,
    `${startMilliseconds.toFixed(0)} ms`,
  ]),
)}
`;
