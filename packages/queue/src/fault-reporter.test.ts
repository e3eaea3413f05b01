import { expect, it } from 'vitest';
import { createFaultReporter, type QueueFault } from './fault-reporter.ts';

it('passes the same complaint on once in ten seconds and says how often it was left out', () => {
  const faults: QueueFault[] = [];
  let now = 0;
  const report = createFaultReporter(
    (fault) => faults.push(fault),
    () => now,
  );
  for (let index = 0; index < 100; index += 1) report('redis', new Error('connect ECONNREFUSED'));
  report('listen gpu', new Error('connect ECONNREFUSED'));
  report('redis', 'another thing');
  now = 10_000;
  report('redis', new Error('connect ECONNREFUSED'));
  expect(faults.map(({ where, error, repeats }) => [where, error.message, repeats])).toEqual([
    ['redis', 'connect ECONNREFUSED', 0],
    ['listen gpu', 'connect ECONNREFUSED', 0],
    ['redis', 'another thing', 0],
    ['redis', 'connect ECONNREFUSED', 99],
  ]);
});

it('forgets old complaints instead of growing', () => {
  const faults: QueueFault[] = [];
  const report = createFaultReporter(
    (fault) => faults.push(fault),
    () => 0,
  );
  for (let index = 0; index < 1000; index += 1) report('queue', new Error(`fault ${index}`));
  expect(faults).toHaveLength(1000);
});
