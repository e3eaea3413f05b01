import { createTestMedia, keyText } from '@polyreel/testkit/surface-app';
import { afterAll, describe, expect, it } from 'vitest';
import { errorBody, startV2 } from '../../test/harness-v2.ts';
import { generateBodySchema, maxFrameBytes } from './schemas.ts';

const media = await createTestMedia();
afterAll(() => media.close());

/** A valid PNG of any size: bytes behind the end belong to nobody. */
const padded = (png: Buffer, sizeBytes: number): Buffer => Buffer.concat([png, Buffer.alloc(sizeBytes - png.length)]);
const dataUri = (bytes: Uint8Array): string => `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;

describe('bodies that go to disk and to the pool', async () => {
  const app = await startV2();
  const base = await app.listen();
  const png = await media.picture('png');
  const post = async (body: unknown) => {
    const answer = await fetch(`${base}/api/v2`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keyText('owner')}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };

  it('takes five frames of 8 MB each', async () => {
    const frame = padded(png, 8 * 1024 * 1024);
    const scenes = Array.from({ length: 5 }, (_, index) => ({ prompt: `scene ${index}`, start_frame: dataUri(frame) }));
    const answer = await post({ action: 'generate', scenes });
    expect(answer.status).toBe(200);
    expect(generateBodySchema.parse(answer.body).scenes.map(({ mode }) => mode)).toEqual(Array.from({ length: 5 }, () => 'i2v'));
    expect(app.intake.kept().map(({ sizeBytes }) => sizeBytes)).toEqual(Array.from({ length: 5 }, () => frame.length));
  });

  it('takes a frame of exactly 20 MB, and 413 with one byte more, whatever else is wrong', async () => {
    const exact = await post({ action: 'generate', scenes: [{ prompt: 'x', start_frame: dataUri(padded(png, maxFrameBytes)) }] });
    expect(exact.status).toBe(200);
    const more = dataUri(padded(png, maxFrameBytes + 1));
    const answer = await post({ action: 'generate', scenes: [{ start_frame: more }], model: 'foo' });
    expect(answer.status).toBe(413);
    expect(answer.body).toEqual({
      error: 'Request body too large',
      details: [`scenes[0].start_frame has more than ${maxFrameBytes} bytes`],
    });
  });

  it('says of long texts what it says of short ones', async () => {
    const long = 'x'.repeat(2_000_000);
    const answer = await post({
      action: 'generate',
      scenes: [{ prompt: long, start_frame: long }],
      model: long,
      music: { tags: long },
    });
    expect(answer.status).toBe(400);
    expect(errorBody.parse(answer.body).details).toEqual([
      'scenes[0].prompt must be text of at most 4000 characters',
      'Unknown model: ?',
      'scenes[0].start_frame must be a base64 data URI',
      'music.tags must be text of at most 512 characters',
    ]);
  });

  it.each<[string, string, number, string]>([
    ['no JSON', `{"a":"${'x'.repeat(2_000_000)}`, 400, 'Invalid JSON'],
    ['no object', `["${'x'.repeat(2_000_000)}"]`, 400, 'Request body must be an object'],
    [
      'a million keys',
      `{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":0`).join()}}`,
      413,
      'Request body too large',
    ],
    ['millions of arrays', `[${'[],'.repeat(2_000_000)}0]`, 413, 'Request body too large'],
  ])('refuses %s', async (_name, body, status, error) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error });
  });
});
