import { scaled } from '@polyreel/testkit/scale';
import { createTestMedia } from '@polyreel/testkit/surface-app';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startVividFlow } from '../../test/harness-vividflow.ts';
import { acceptedSchema, errorBodySchema } from './schemas.ts';

/** Fields that are good for wan2.1 or veo3.1, each there or not. */
const wan = fc.record(
  {
    model: fc.constant('wan2.1'),
    cfg: fc.integer({ min: 10, max: 200 }).map((tenths) => String(tenths / 10)),
    width: fc.integer({ min: 64, max: 960 }).map((half) => String(half * 2)),
    height: fc.integer({ min: 64, max: 960 }).map((half) => String(half * 2)),
    length: fc.integer({ min: 1, max: 241 }).map(String),
    steps: fc.integer({ min: 1, max: 100 }).map(String),
    seed: fc.integer({ min: -1, max: 2 ** 31 - 1 }).map(String),
    negative_prompt: fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => text.replaceAll('\u0000', '')),
  },
  { requiredKeys: [] },
);
const boolean = fc.constantFrom('true', 'False', '1', '0', 'YES', 'no', 'on', 'off');
const veo = fc.record(
  {
    duration_seconds: fc.constantFrom('4', '6', '8'),
    resolution: fc.constantFrom('720p', '1080p'),
    aspect_ratio: fc.constantFrom('16:9', '9:16'),
    camera_motion: fc.constantFrom('None', 'Dolly (In)', 'Pan', 'Vertigo', 'a slow drift'),
    subject_animation: fc.constantFrom('None', 'it spins'),
    environmental_animation: fc.constantFrom('none', 'heavy rain'),
    person_generation: fc.constantFrom('allow_adult', 'allow_all', 'deny', 'dont_allow'),
    generate_audio: boolean,
    enhance_prompt: boolean,
  },
  { requiredKeys: [] },
);
const good = fc.oneof(
  wan,
  veo.map((fields) => ({ ...fields, model: 'veo3.1' })),
);

/** One change that makes any good form a bad one, and the answer that is documented for it. */
const mutations = [
  [{ prompt: ' ' }, 'Prompt is required'],
  [{ prompt: 'ab' }, 'Prompt must be at least 3 characters'],
  [{ model: 'sora-2' }, 'Unknown model: sora-2'],
  [{ image_url: 'https://pictures.test/x.png' }, 'Cannot have both'],
  [{ model: 'wan2.1', cfg: '20.1' }, 'Invalid parameters'],
  [{ model: 'wan2.1', width: '127' }, 'Invalid parameters'],
  [{ model: 'wan2.1', length: '1e3' }, 'Invalid parameters'],
  [{ model: 'wan2.1', seed: '0x10' }, 'Invalid parameters'],
  [{ model: 'veo3.1', duration_seconds: '5' }, 'Invalid parameters'],
  [{ model: 'veo3.1', generate_audio: 'perhaps' }, 'Invalid parameters'],
  [{ model: 'veo3.1', person_generation: 'allow_adult', subject_animation: 'a toddler runs' }, 'Content blocked'],
] as const;

it('random forms get a documented answer, and every 400 that fields can cause is met', { timeout: 3_600_000 }, async () => {
  const media = await createTestMedia();
  const content = await media.picture('png', { width: 32, height: 32 });
  await media.close();
  const image = { name: 'image', content, filename: 'a.png', type: 'image/png' };
  const app = await startVividFlow(
    { VIVIDFLOW_MONTHLY_CREDITS: 'unlimited', VIVIDFLOW_RATE_LIMITS: 'hour=off,day=off' },
    { maxActiveJobsPerAccount: 1_000_000 },
  );
  const met = new Map<string, number>();
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(good, async (fields) => {
      turn += 1;
      const [change, error] = turn % 2 === 0 ? [{}, null] : (mutations[(turn >> 1) % mutations.length] ?? [{}, null]);
      const answer = await app.generate({ ...fields, ...change }, { image });
      const label = `${answer.statusCode} ${error ?? 'accepted'}`;
      met.set(label, (met.get(label) ?? 0) + 1);
      if (error === null) {
        expect(answer.statusCode, answer.body).toBe(202);
        const { job_id: id, model } = acceptedSchema.parse(answer.json());
        const spec = app.jobs.specOf(id);
        const length = 'length' in fields ? Number(fields.length) : 81;
        expect(spec).toMatchObject({ framesPerScene: model === 'wan2.1' ? length : expect.any(Number) });
      } else {
        expect(answer.statusCode, answer.body).toBe(400);
        expect(errorBodySchema.parse(answer.json()).error).toBe(error);
      }
    }),
    { numRuns: scaled(5000) },
  );
  console.log(Object.fromEntries(met));
  const rows = ['202 accepted', ...new Set(mutations.map(([, error]) => `400 ${error}`))];
  expect(rows.filter((row) => (met.get(row) ?? 0) < 5)).toEqual([]);
});
