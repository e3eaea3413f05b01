import { createHash } from 'node:crypto';

/**
 * The id of a prompt, known before it is posted and known again by whoever runs the same attempt after a crash: a canonical lower-case
 * UUID (version 8) made of the run's name and the part's number. `again` counts prompts of one part that the server has already ended.
 */
export function promptIdOf(run: string, part: number, again: number): string {
  const bytes = createHash('sha256').update(`polyreel\n${run}\n${part}\n${again}`).digest().subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
