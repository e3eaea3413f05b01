import { expect, test } from 'vitest';
import { canTransition, isFinalJobState, jobStates } from './job.ts';

test('a final state is never left, and running is entered from queued alone', () => {
  for (const from of jobStates)
    for (const to of jobStates) {
      if (isFinalJobState(from)) expect(canTransition(from, to)).toBe(false);
      if (to === 'running') expect(canTransition(from, to)).toBe(from === 'queued');
      if (to === 'queued') expect(canTransition(from, to)).toBe(false);
    }
});
