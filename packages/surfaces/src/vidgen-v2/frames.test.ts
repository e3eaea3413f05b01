import { createTestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, describe, expect, it } from 'vitest';
import { errorBody, startV2 } from '../../test/harness-v2.ts';
import { canvasOf } from './to-spec.ts';

const media = await createTestMedia();
afterAll(() => media.close());

const dataUri = (bytes: Uint8Array, type = 'image/png'): string => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const wrapped = (text: string): string => text.replace(/(.{76})/g, '$1\r\n');

describe('frames', async () => {
  const app = await startV2({ VIDGEN_V2_RATE_LIMITS: 'all=off,generate=off' });
  const png = await media.picture('png', { width: 640, height: 360 });
  const jpeg = await media.picture('jpeg', { width: 300, height: 600 });
  const webp = await media.picture('webp');

  it('makes each scene the mode its frames ask for, and reads the frames it kept', async () => {
    const before = app.intake.kept().length;
    const run = await app.submit({
      scenes: [
        { prompt: 'a' },
        { prompt: 'b', start_frame: dataUri(png) },
        { prompt: 'c', start_frame: dataUri(png), end_frame: dataUri(jpeg, 'image/jpeg') },
      ],
    });
    expect(run.scenes.map(({ mode }) => mode)).toEqual(['t2v', 'i2v', 'flf2v']);
    const kept = app.intake.kept().slice(before);
    expect(kept.map(({ mediaType, sizeBytes, facts }) => ({ mediaType, sizeBytes, facts }))).toEqual([
      { mediaType: 'image/png', sizeBytes: png.length, facts: { width: 640, height: 360 } },
      { mediaType: 'image/png', sizeBytes: png.length, facts: { width: 640, height: 360 } },
      { mediaType: 'image/jpeg', sizeBytes: jpeg.length, facts: { width: 300, height: 600 } },
    ]);
    const [second, third, last] = kept.map(({ fileId }) => ({ fileId }));
    expect(app.jobs.specOf(run.id)).toMatchObject({
      scenes: [{ prompt: 'a' }, { startFrame: second }, { startFrame: third, endFrame: last }],
      // The first scene has no frame and decides.
      canvas: { width: 832, height: 480 },
    });
    expect(app.jobs.submitted().at(-1)?.inputFileIds).toEqual(kept.map(({ fileId }) => fileId));
  });

  it('takes the shape of the first frame, its longest side `size`, both a multiple of 16', async () => {
    const wide = await app.submit({ scenes: [{ prompt: 'a', start_frame: dataUri(png) }], size: 1280 });
    expect(app.jobs.specOf(wide.id)).toMatchObject({ canvas: { width: 1280, height: 720 } });
    const tall = await app.submit({ scenes: [{ prompt: 'a', start_frame: dataUri(jpeg) }, { prompt: 'b' }] });
    expect(app.jobs.specOf(tall.id)).toMatchObject({ canvas: { width: 368, height: 720 } });
  });

  it.each([
    [{ width: 100, height: 100 }, 720, { width: 720, height: 720 }],
    [{ width: 4000, height: 3000 }, 1000, { width: 1008, height: 752 }],
    [{ width: 10_000, height: 10 }, 720, { width: 720, height: 64 }],
  ])('%o at size %i is %o', (frame, size, canvas) => {
    expect(canvasOf({ width: 832, height: 480, size }, { start: { fileId: 'fil_1', ...frame } })).toEqual(canvas);
  });

  it('trusts the bytes, not the declared type', async () => {
    await app.submit({ scenes: [{ prompt: 'a', start_frame: dataUri(jpeg, 'image/png') }] });
    expect(app.intake.kept().at(-1)?.mediaType).toBe('image/jpeg');
    await app.submit({ scenes: [{ prompt: 'a', start_frame: dataUri(png, 'image/gif') }] });
    await app.submit({ scenes: [{ prompt: 'a', start_frame: `data:;base64,${webp.toString('base64')}` }] });
    await app.submit({ scenes: [{ prompt: 'a', start_frame: `DATA:image/png;charset=x;BASE64,${png.toString('base64')}` }] });
    const gif = await media.picture('gif');
    const answer = await app.call({ action: 'generate', scenes: [{ prompt: 'a', start_frame: dataUri(gif, 'image/png') }] });
    expect(errorBody.parse(answer.json()).error).toBe('scenes[0].start_frame has unsupported type image/gif');
  });

  it('allows line breaks inside the base64', async () => {
    await app.submit({ scenes: [{ prompt: 'a', start_frame: wrapped(dataUri(png)) }] });
    expect(app.intake.kept().at(-1)?.sizeBytes).toBe(png.length);
  });

  it('refuses a truncated picture and one of more than 50 megapixels', async () => {
    const cut = dataUri(png.subarray(0, png.length / 2));
    const vast = dataUri(await media.vastPng({ width: 16_000, height: 16_000 }));
    for (const start_frame of [cut, vast]) {
      const answer = await app.call({ action: 'generate', scenes: [{ prompt: 'a', start_frame }] });
      expect(answer.statusCode).toBe(400);
      expect(errorBody.parse(answer.json()).error).toBe('scenes[0].start_frame is not a readable image');
    }
  });

  it('refuses an end frame alone', async () => {
    const answer = await app.call({ action: 'generate', scenes: [{ prompt: 'a', end_frame: dataUri(png) }] });
    expect(answer.statusCode).toBe(400);
    expect(errorBody.parse(answer.json()).error).toBe('scenes[0].end_frame requires start_frame');
  });

  it('keeps nothing of a request that has a fault', async () => {
    const before = app.intake.kept().length;
    await app.call({ action: 'generate', scenes: [{ prompt: 'a', start_frame: dataUri(png) }, {}] });
    expect(app.intake.kept()).toHaveLength(before);
  });

  it('says where the fault of one of many frames is', async () => {
    const good = dataUri(png);
    const answer = await app.call({
      action: 'generate',
      scenes: [
        { prompt: 'a', start_frame: good, end_frame: 'data:image/png;base64,#' },
        { prompt: 'b', start_frame: 'zzz' },
      ],
    });
    expect(errorBody.parse(answer.json()).details).toEqual([
      'scenes[1].start_frame must be a base64 data URI',
      'scenes[0].end_frame is not valid base64',
    ]);
  });
});
