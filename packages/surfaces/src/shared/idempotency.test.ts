import fc from 'fast-check';
import { scaled } from '@polyreel/testkit/scale';
import { createTestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, describe, expect, it } from 'vitest';
import { startV2 } from '../../test/harness-v2.ts';
import { fingerprintOf } from './idempotency.ts';

describe('the print of a request', () => {
  it('does not depend on the order of names, and does on every value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.string(), (fields, changed) => {
        const files = { image: 'aa' };
        const turned = Object.fromEntries(Object.entries(fields).toReversed());
        expect(fingerprintOf({ fields: turned, files })).toBe(fingerprintOf({ fields, files }));
        expect(fingerprintOf({ fields: [fields, changed], files })).not.toBe(
          fingerprintOf({ fields: [fields, `${changed}x`], files }),
        );
      }),
      { numRuns: scaled(2000) },
    );
  });

  it('tells a file from a field, and the hashes of two files apart', () => {
    const prints = [
      { fields: { a: 'x' }, files: {} },
      { fields: {}, files: { a: 'x' } },
      { fields: {}, files: { a: 'x', b: 'y' } },
      { fields: {}, files: { a: 'y', b: 'x' } },
    ].map(fingerprintOf);
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe('Idempotency-Key on generate', async () => {
  const app = await startV2();
  const media = await createTestMedia();
  afterAll(() => media.close());
  const body = { action: 'generate', scenes: [{ prompt: 'a lighthouse, -blurry' }], seed: 5 };
  const post = (sent: unknown, key: string, url = '/api/v2') => app.call(sent, { headers: { 'idempotency-key': key }, url });

  it('answers the same request with the same status and body, marked, and makes no second job', async () => {
    const first = await post(body, 'a');
    const count = app.jobs.submitted().length;
    // Another spelling of the same meaning, and another state of the job.
    app.jobs.change(first.json<{ id: string }>().id, { state: 'cancelled' });
    const again = await post(
      { seed: 5, scenes: [{ negative: null, prompt: 'a lighthouse, -blurry' }], action: 'generate', size: 720 },
      'a',
    );
    expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(again.headers['x-polyreel-job']).toBe(first.headers['x-polyreel-job']);
    expect(app.jobs.submitted()).toHaveLength(count);
  });

  it('422 for another request under the same key', async () => {
    await post(body, 'b');
    const other = await post({ ...body, seed: 6 }, 'b');
    expect(other.statusCode).toBe(422);
    expect(other.json()).toEqual({ error: expect.stringContaining('idempotency key') });
  });

  it('knows pictures by their bytes', async () => {
    const uri = async (kind: 'png' | 'webp') => `data:image/${kind};base64,${(await media.picture(kind)).toString('base64')}`;
    const scene = (frame: string) => ({ action: 'generate', scenes: [{ prompt: 'x', start_frame: frame }] });
    const first = await post(scene(await uri('png')), 'c');
    const wrapped = (await uri('png'))
      .replace(/.{60}(?=.)/g, '$&\n')
      .replace(/^data:image\/png;\n?base64,\n?/, 'data:image/png;base64,');
    expect((await post(scene(await uri('png')), 'c')).body).toBe(first.body);
    expect((await post(scene(wrapped), 'c')).statusCode, 'line breaks mean nothing').toBe(200);
    expect((await post(scene(await uri('webp')), 'c')).statusCode).toBe(422);
  });

  it('is bound to the caller and to the path', async () => {
    const first = await post(body, 'd');
    const stranger = await app.call(body, { headers: { 'idempotency-key': 'd' }, key: 'ownerSecond' });
    const otherPath = await post(body, 'd', '/api/v2/generate');
    const ids = [first, stranger, otherPath].map((answer) => answer.json<{ id: string }>().id);
    expect(new Set(ids).size).toBe(3);
  });

  it('keeps no refusal: the request may be made good under the same key', async () => {
    expect((await post({ ...body, size: 1 }, 'e')).statusCode).toBe(400);
    const good = await post(body, 'e');
    expect([good.statusCode, good.headers['idempotency-replayed']]).toEqual([200, undefined]);
  });

  it('is over after 24 hours', async () => {
    const first = await post(body, 'f');
    app.clock.advance(24 * 3600 - 1);
    expect((await post(body, 'f')).body).toBe(first.body);
    app.clock.advance(2);
    expect((await post(body, 'f')).body).not.toBe(first.body);
  });

  it.each(['', ' ', 'x'.repeat(256), 'tab\there'])('400 for a key that is none', async (key) => {
    expect((await post(body, key)).statusCode).toBe(400);
  });

  it('means nothing on other actions', async () => {
    const answer = await app.call({ action: 'models' }, { headers: { 'idempotency-key': '' } });
    expect(answer.statusCode).toBe(200);
  });
});
