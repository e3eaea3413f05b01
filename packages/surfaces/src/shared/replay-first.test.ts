import type { LightMyRequestResponse } from 'fastify';
import { expect, it } from 'vitest';
import { audio, image, startV1 } from '../../test/harness-v1.ts';
import { startV2 } from '../../test/harness-v2.ts';
import { startVividFlow } from '../../test/harness-vividflow.ts';

const headers = { 'idempotency-key': 'a' };
const full = { isFull: false };
const options = { freeBytes: () => (full.isFull ? 0 : null) };

/** Submits for one surface: the same request under a key, or none. */
const surfaces: readonly [
  name: string,
  submit: () => Promise<(sent: Record<string, string>) => Promise<LightMyRequestResponse>>,
][] = [
  [
    'VidGen v1, with a job under way',
    async () => {
      const app = await startV1({}, options);
      return async (sent) => app.post([await image(), await audio()], { headers: sent });
    },
  ],
  [
    'Vidgen v2, with its limit of new jobs used up',
    async () => {
      const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'generate=1/1h' }, options);
      return (sent) => app.call({ action: 'generate', scenes: [{ prompt: 'a lighthouse' }] }, { headers: sent });
    },
  ],
  [
    'Vivid Flow, with its limit of new jobs and its credits used up',
    async () => {
      const app = await startVividFlow({ VIVIDFLOW_RATE_LIMITS: 'hour=1/1h', VIVIDFLOW_MONTHLY_CREDITS: '1' }, options);
      return (sent) => app.generate({}, { headers: sent });
    },
  ],
];

it.each(surfaces)('%s: a repeated request is answered to the byte on a full server, a new one is not', async (_name, start) => {
  const submit = await start();
  full.isFull = false;
  const first = await submit(headers);
  expect(first.statusCode, first.body).toBeLessThan(300);
  full.isFull = true;
  const again = await submit(headers);
  expect([again.statusCode, again.body, again.headers['content-type']]).toEqual([
    ...[first.statusCode, first.body, first.headers['content-type']],
  ]);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect([409, 429, 503]).toContain((await submit({})).statusCode);
  full.isFull = false;
});
