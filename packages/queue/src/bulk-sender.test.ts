import { expect, test } from 'vitest';
import { createBulkSender } from './bulk-sender.ts';

test('sends the first at once, and what comes meanwhile together', async () => {
  const gate = Promise.withResolvers<void>();
  const batches: (readonly number[])[] = [];
  const send = createBulkSender<number>(async (items) => {
    batches.push(items);
    if (batches.length === 1) await gate.promise;
  });
  const all = Promise.all([1, 2, 3, 4].map(send));
  expect(batches).toStrictEqual([[1]]);
  gate.resolve();
  await all;
  expect(batches).toStrictEqual([[1], [2, 3, 4]]);
});
