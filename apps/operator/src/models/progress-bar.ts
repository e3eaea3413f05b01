import type { Writable } from 'node:stream';
import { gigabytes, type PullProgress } from './pull-models.ts';

export interface ProgressBar {
  show(progress: PullProgress): void;
  end(): void;
}

const width = 28;
const drawMs = 200;
const lineMs = 15_000;

/** A bar that is drawn over itself on a terminal; elsewhere a line now and then. */
export function createProgressBar(
  output: Writable,
  { isTerminal, nowMs = () => performance.now() }: { isTerminal: boolean; nowMs?: () => number },
): ProgressBar {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let first: { atMs: number; bytes: number } | null = null;
  let isOpen = false;
  return {
    show(progress) {
      const now = nowMs();
      first ??= { atMs: now, bytes: progress.bytes };
      if (now - drawnAt < (isTerminal ? drawMs : lineMs)) return;
      drawnAt = now;
      const line = renderProgress(progress, (progress.bytes - first.bytes) / Math.max(0.001, (now - first.atMs) / 1000));
      output.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
      isOpen = isTerminal;
    },
    end() {
      if (isOpen) output.write('\n');
      isOpen = false;
    },
  };
}

export function renderProgress({ file, index, count, bytes, bytesAll }: PullProgress, bytesPerSecond: number): string {
  const ratio = Math.min(1, Math.max(0, bytes / Math.max(1, bytesAll)));
  const full = Math.round(ratio * width);
  const bar = `${'#'.repeat(full)}${'.'.repeat(width - full)}`;
  const left = bytesPerSecond > 0 ? ` ${minutes((bytesAll - bytes) / bytesPerSecond)} left` : '';
  return `[${bar}] ${Math.floor(ratio * 100)} %  ${gigabytes(bytes)} of ${gigabytes(bytesAll)}  ${(bytesPerSecond / 1e6).toFixed(1)} MB/s${left}  ${index}/${count} ${file}`;
}

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.max(0, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
