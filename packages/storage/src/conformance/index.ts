import { afterAll, beforeAll, describe } from 'vitest';
import { brokenWriteCases } from './broken-writes.ts';
import { linkCases } from './links.ts';
import { listCases, rangeCases } from './ranges-and-lists.ts';
import { type RoundTripOptions, roundTripCases } from './round-trip.ts';
import type { ConformanceTarget } from './target.ts';

export type { ConformanceTarget } from './target.ts';

/** What every ObjectStore guarantees, checked on a real one. `open` makes it; it is closed at the end. */
export function describeObjectStore(name: string, open: () => Promise<ConformanceTarget>, options: RoundTripOptions): void {
  describe(name, () => {
    let opened: ConformanceTarget | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());
    const target = () => {
      if (opened === undefined) throw new Error(`${name} was not opened`);
      return opened;
    };
    describe('objects', () => roundTripCases(target, options));
    describe('ranges', () => rangeCases(target));
    describe('lists', () => listCases(target));
    describe('broken writes', () => brokenWriteCases(target));
    describe('links', () => linkCases(target));
  });
}
