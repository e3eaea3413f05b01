import { describe, expect, it } from 'vitest';
import { KnownFacts } from './known-facts.ts';

describe('KnownFacts', () => {
  const counted = () => {
    let calls = 0;
    return { measure: async (): Promise<number> => ++calls, calls: () => calls };
  };

  it('measures the same bytes once', async () => {
    const facts = new KnownFacts<number>(10);
    const { measure } = counted();
    expect([await facts.get('a', measure), await facts.get('a', measure), await facts.get('b', measure)]).toEqual([1, 1, 2]);
  });

  it('measures anew what has no identity, and what failed', async () => {
    const facts = new KnownFacts<number>(10);
    const { measure, calls } = counted();
    await facts.get(undefined, measure);
    await facts.get(undefined, measure);
    expect(calls()).toBe(2);
    await expect(facts.get('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await facts.get('a', measure)).toBe(3);
  });

  it('lets go what was not used for the longest', async () => {
    const facts = new KnownFacts<string>(2);
    const of = (value: string) => async () => value;
    await facts.get('a', of('first'));
    await facts.get('b', of('first'));
    await facts.get('a', of('second'));
    await facts.get('c', of('first'));
    expect([await facts.get('a', of('second')), await facts.get('b', of('second'))]).toEqual(['first', 'second']);
  });
});
