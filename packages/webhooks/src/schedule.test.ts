import { describe, expect, it } from 'vitest';
import { classifyResponse, deliverySchedule, nextAttemptAt, parseRetryAfter, retryAfterSecondsMax } from './index.ts';

const middle = () => 0.5;

describe('the schedule', () => {
  it('is: at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h', () => {
    const delays = Array.from({ length: 10 }, (_, attempt) => nextAttemptAt(deliverySchedule, attempt, middle));
    expect(delays).toEqual([0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(nextAttemptAt(deliverySchedule, 10, middle)).toBeNull();
    expect(nextAttemptAt(deliverySchedule, 11, middle)).toBeNull();
  });

  it('makes its last attempt after about 76 hours, before a link of 7 days in the body is dead, whatever the chance', () => {
    for (const random of [() => 0, middle, () => 0.999_999]) {
      const total = deliverySchedule.delaysSeconds.reduce(
        (sum, _, attempt) => sum + (nextAttemptAt(deliverySchedule, attempt, random) ?? 0),
        0,
      );
      expect(total / 3600).toBeGreaterThan(68);
      expect(total / 3600).toBeLessThan(84);
    }
  });

  it('moves each delay by at most a tenth, either way', () => {
    expect(nextAttemptAt(deliverySchedule, 2, () => 0)).toBeCloseTo(270, 9);
    expect(nextAttemptAt(deliverySchedule, 2, () => 0.999_999_999)).toBeCloseTo(330, 5);
    const seen = new Set(Array.from({ length: 100 }, () => nextAttemptAt(deliverySchedule, 3, Math.random)));
    expect(seen.size).toBeGreaterThan(90);
    for (const delay of seen) expect(Math.abs((delay ?? 0) - 1800)).toBeLessThanOrEqual(180);
  });

  it('waits longer when the receiver asks for it, never shorter, and at most a day', () => {
    expect(nextAttemptAt(deliverySchedule, 1, middle, 60)).toBe(60);
    expect(nextAttemptAt(deliverySchedule, 4, middle, 60)).toBe(7200);
    expect(nextAttemptAt(deliverySchedule, 1, middle, 10_000_000)).toBe(retryAfterSecondsMax);
    expect(nextAttemptAt(deliverySchedule, 10, middle, 60)).toBeNull();
  });
});

describe('classifyResponse', () => {
  const now = new Date('2026-05-07T12:00:00Z');
  const classify = (status: number, retryAfter: string | null = null) => classifyResponse({ status, retryAfter, now });

  it('takes 2xx and nothing else as success', () => {
    for (let status = 100; status < 600; status += 1) {
      expect(classify(status).kind === 'success', String(status)).toBe(status >= 200 && status < 300);
    }
  });

  it('takes a redirect as a failure', () => {
    for (const status of [300, 301, 302, 303, 304, 307, 308]) {
      expect(classify(status)).toEqual({ kind: 'failure', errorCode: `http_${status}`, retryAfterSeconds: null });
    }
  });

  it('takes 410 as the end', () => {
    expect(classify(410, '60')).toEqual({ kind: 'gone', errorCode: 'http_410' });
  });

  it('reads Retry-After as seconds or as a date, and ignores nonsense', () => {
    expect(classify(429, '120')).toMatchObject({ retryAfterSeconds: 120 });
    expect(classify(503, 'Thu, 07 May 2026 12:01:30 GMT')).toMatchObject({ retryAfterSeconds: 90 });
    expect(parseRetryAfter('Thu, 07 May 2026 11:00:00 GMT', now)).toBe(0);
    for (const nonsense of ['', 'soon', '-5', '1.5', 'Thu, 99 Nonsense', '99999999999']) {
      expect(parseRetryAfter(nonsense, now), nonsense).toBeNull();
    }
  });
});
