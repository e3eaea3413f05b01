import { expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';

const app = await startV2();
const scene = { prompt: 'waves on a beach' };
const rate = { numerator: 32, denominator: 1 };

it.each([
  [
    'upscale: twice the size and, as it is not told otherwise, twice the rate',
    { upscale: true },
    { upscaleFactor: 2, outputFrameRate: rate },
  ],
  ['upscale without interpolation: twice the size', { upscale: true, interpolate: false }, { upscaleFactor: 2 }],
  ['interpolation alone: twice the rate', { interpolate: true }, { outputFrameRate: rate }],
  ['neither: as generated', { upscale: false, interpolate: null }, {}],
])('%s', async (_what, switches, expected) => {
  const run = await app.submit({ scenes: [scene], seed: 1, ...switches });
  const spec = app.jobs.specOf(run.id);
  const { upscaleFactor, outputFrameRate } = { upscaleFactor: undefined, outputFrameRate: undefined, ...spec };
  expect({ ...(upscaleFactor && { upscaleFactor }), ...(outputFrameRate && { outputFrameRate }) }).toEqual(expected);
  expect(spec).toMatchObject({ canvas: { width: 832, height: 480 }, framesPerScene: 80 });
});

it('the answer names the runners that refine', async () => {
  const answer = await app.call({ action: 'generate', scenes: [scene], upscale: true });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['x-polyreel-runner']).toBe('cpu, tool');
});
