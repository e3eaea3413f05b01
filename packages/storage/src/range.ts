import { type ByteRange, RangeNotSatisfiable } from '@polyreel/core';

/** Cuts `end` back to the object; throws RangeNotSatisfiable when nothing is left, RangeError when no such range can be. */
export function resolveRange(range: ByteRange, sizeBytes: number): { start: number; end: number } {
  checkRange(range);
  if (range.start >= sizeBytes) throw new RangeNotSatisfiable(range.start, sizeBytes);
  return { start: range.start, end: Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1) };
}

/** Both ends are whole numbers from 0, in order. */
export function checkRange({ start, end }: ByteRange): void {
  const isWhole = Number.isSafeInteger(start) && start >= 0 && (end === undefined || Number.isSafeInteger(end));
  if (!isWhole || (end !== undefined && end < start))
    throw new RangeError(`no bytes are meant by the range ${start}-${end ?? ''}`);
}
