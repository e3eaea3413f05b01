import type { WindowCounter } from '@polyreel/core';
import type { RateLimit } from '@polyreel/core/settings';
import type { FastifyReply } from 'fastify';

export interface RateVerdict {
  readonly isAllowed: boolean;
  /** The tightest window: fewest hits left, then the longest wait. */
  readonly tightest: { readonly rate: RateLimit; readonly remaining: number; readonly resetSeconds: number };
}

/** Counts one hit in every window; null when there is none. */
export async function countHit(
  counter: WindowCounter,
  windows: readonly { key: string; rate: RateLimit }[],
): Promise<RateVerdict | null> {
  if (windows.length === 0) return null;
  const counts = await counter.hit(windows.map(({ key, rate }) => ({ key, windowSeconds: rate.windowSeconds })));
  const states = windows.map(({ rate }, index) => {
    const { count, resetSeconds } = counts[index] ?? { count: 0, resetSeconds: rate.windowSeconds };
    return { rate, remaining: rate.limit - count, resetSeconds };
  });
  const [tightest] = states.toSorted((a, b) => a.remaining - b.remaining || b.resetSeconds - a.resetSeconds);
  if (!tightest) return null;
  return { isAllowed: tightest.remaining >= 0, tightest };
}

/** `RateLimit-*` as in draft 6 of the IETF's rate-limit headers: reset in seconds to go. */
export function setRateLimitHeaders(reply: FastifyReply, verdict: RateVerdict): void {
  const { rate, remaining, resetSeconds } = verdict.tightest;
  reply.header('RateLimit-Policy', `${rate.limit};w=${rate.windowSeconds}`);
  reply.header('RateLimit-Limit', String(rate.limit));
  reply.header('RateLimit-Remaining', String(Math.max(0, remaining)));
  reply.header('RateLimit-Reset', String(Math.ceil(resetSeconds)));
  if (!verdict.isAllowed) reply.header('Retry-After', String(Math.max(1, Math.ceil(resetSeconds))));
}
