import { scaled } from '@polyreel/testkit/scale';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorBody, startV2 } from '../../test/harness-v2.ts';
import { actions } from './schemas.ts';

const names = [
  ...['scenes', 'model', 'size', 'width', 'height', 'upscale', 'optimize', 'interpolate', 'seed', 'id', 'prompt'],
  ...['music', 'music.enabled', 'music.bpm', 'music.keyscale', 'fx_sound', 'fx_sound.prompt'],
  ...['wm_text', 'wm_enabled', 'wm_position', 'wm_image', 'cs_title', 'cs_x', '__proto__', 'constructor', 'toString', ''],
];
const sceneNames = ['prompt', 'negative', 'start_frame', 'end_frame', '__proto__'];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'data:image/png;base64,iVBORw0KGgo=',
    'data:image/png;base64,',
    'data:,x',
    'a, -b',
    '\u0000',
    '\ud800',
    'wan22',
  ),
);
const value = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.jsonValue(),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const objectOf = (keys: readonly string[], of: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(fc.constantFrom(...keys), of), { maxLength: 6 }).map((entries) => Object.fromEntries(entries));
const scenes = fc.array(fc.oneof({ weight: 4, arbitrary: objectOf(sceneNames, value) }, value), { maxLength: 7 });
const action = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...actions) }, value);
const body = fc
  .tuple(action, objectOf(names, value), fc.option(scenes, { nil: undefined }))
  .map(([name, rest, list]) => ({ ...rest, action: name, ...(list !== undefined && { scenes: list }) }));

describe('any body at all', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' }, { maxActiveJobsPerAccount: 1e9 });

  it('gets 200 or a documented refusal, never a 5xx, and error only where it failed', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 9, arbitrary: body.map((fields) => JSON.stringify(fields)) }, fc.string()),
        async (sent) => {
          const answer = await app.call(sent);
          expect([200, 400, 404, 413], `${sent} -> ${answer.body}`).toContain(answer.statusCode);
          if (answer.statusCode === 200) expect(Object.keys(answer.json())).not.toContain('error');
          else expect(errorBody.parse(answer.json()).error).not.toBe('');
        },
      ),
      { numRuns: scaled(20_000) },
    );
  });

  it('gets through when it is good, whatever the prompt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), async (prompt) => {
        const answer = await app.call({ action: 'generate', scenes: [{ prompt: `a ${prompt.replaceAll('\u0000', '')}` }] });
        expect(answer.statusCode, answer.body).toBe(200);
      }),
      { numRuns: scaled(2000) },
    );
  });
});
