import { keyText, type MeasuredServer, startMeasured } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audio, image, startV1, testMedia } from '../../test/harness-v1.ts';
import { formBody, formType } from '../../test/multipart.ts';
import { rawHttp } from '../../test/raw-http.ts';
import { maxFileBytes, maxFormBytes } from './schemas.ts';

const mebibyte = 1024 * 1024;

/** Valid pictures and sounds of any size: a PNG ends where it says, a WAV is as long as it says. */
async function pngOf(sizeBytes: number): Promise<Uint8Array> {
  const png = await (await testMedia()).picture('png');
  return Buffer.concat([png, Buffer.alloc(sizeBytes - png.length)]);
}
async function wavOf(sizeBytes: number): Promise<Uint8Array> {
  const short = await (await testMedia()).sound('wav', 1);
  const data = short.indexOf('data') + 8;
  const wav = Buffer.alloc(sizeBytes);
  short.copy(wav, 0, 0, data);
  wav.writeUInt32LE(sizeBytes - 8, 4);
  wav.writeUInt32LE(sizeBytes - data, data - 4);
  return wav;
}

describe('uploads at the limit', () => {
  let server: MeasuredServer;
  beforeAll(async () => {
    server = await startMeasured(new URL('../../test/serve-v1.ts', import.meta.url));
  });
  afterAll(() => server.stop());

  const post = async (picture: Uint8Array, sound: Uint8Array, key: 'owner' | 'ownerSecond' | 'stranger') => {
    const answer = await fetch(`${server.url}/api/jobs`, {
      method: 'POST',
      headers: { 'content-type': formType, 'x-api-key': keyText(key) },
      body: formBody([
        { name: 'image', filename: 'a.png', body: picture },
        { name: 'audio', filename: 'b.wav', body: sound },
      ]),
    });
    return { status: answer.status, body: await answer.json() };
  };

  it('takes 50 MB and 50 MB with flat memory', async () => {
    const [picture, sound] = [await pngOf(maxFileBytes), await wavOf(maxFileBytes)];
    const grown = async (key: 'ownerSecond' | 'stranger', before: number): Promise<number> => {
      expect(await post(picture, sound, key)).toMatchObject({ status: 201, body: { message: 'Job created' } });
      return ((await server.peak()).rssBytesMax - before) / mebibyte;
    };
    expect((await post(await pngOf(mebibyte), await wavOf(mebibyte), 'owner')).status).toBe(201);
    const { rssBytesMax: cold } = await server.peak();
    // The collector lets some 64 MB of passed buffers lie before it first looks; what was held would be 100 MB and stay.
    expect(await grown('stranger', cold)).toBeLessThan(100);
    const { rssBytesMax: warm } = await server.peak();
    expect(await grown('ownerSecond', warm)).toBeLessThan(64);
  });

  it('413 File exceeds the 50 MB limit with one byte more in either file', async () => {
    const tooLarge = { status: 413, body: { error: 'File exceeds the 50 MB limit' } };
    expect(await post(await pngOf(maxFileBytes + 1), await wavOf(1000), 'ownerSecond')).toEqual(tooLarge);
    expect(await post(await pngOf(100_000), await wavOf(maxFileBytes + 1), 'ownerSecond')).toEqual(tooLarge);
  });

  it('413 before what else is wrong with the form', async () => {
    const answer = await post(await pngOf(maxFileBytes + 1), Buffer.alloc(0), 'ownerSecond');
    expect(answer.status).toBe(413);
  });
});

describe('forms that are refused early, over a real connection', async () => {
  const app = await startV1();
  const head = (key: string, lines: readonly string[]): string =>
    ['POST /api/jobs HTTP/1.1', 'Host: x', `X-API-Key: ${key}`, `Content-Type: ${formType}`, ...lines, '', ''].join('\r\n');

  it('413 at once for a form that announces more than two files can have', async () => {
    const answer = await rawHttp(await app.listen(), [head(keyText('owner'), [`Content-Length: ${maxFormBytes + 1}`])]);
    expect(answer.status).toBe(413);
  });

  it.each(['keep-alive', 'close'])(
    '401 reaches a client that sends its whole body first (Connection: %s)',
    async (connection) => {
      const body = formBody([await image(), await audio(), { name: 'more', filename: 'x', body: Buffer.alloc(8 * mebibyte) }]);
      const answer = await rawHttp(await app.listen(), [
        head('nobody', [`Content-Length: ${body.length}`, `Connection: ${connection}`]),
        body,
      ]);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body)).toEqual({ error: 'Invalid or inactive API key' });
    },
  );

  it('answers a form that is refused in the middle only when it has been read', async () => {
    const parts = [{ name: 'foo', filename: 'x', body: Buffer.alloc(8 * mebibyte) }, await image(), await audio()];
    const body = formBody(parts);
    const answer = await rawHttp(await app.listen(), [head(keyText('owner'), [`Content-Length: ${body.length}`]), body]);
    expect(JSON.parse(answer.body)).toEqual({ error: 'Unexpected file field "foo"' });
  });
});
