import { describe, expect, it } from 'vitest';
import { errorBody, finish, finished, startV2 } from '../../test/harness-v2.ts';
import { statusBodySchema } from './schemas.ts';
import { toPosition } from './to-publish.ts';

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const png = `data:image/png;base64,${pixel}`;
const app = await startV2();
const publishOf = async (body: Readonly<Record<string, unknown>>, on = app): Promise<unknown> => {
  const spec = on.jobs.specOf((await on.submit(body)).id);
  return 'publish' in spec ? spec.publish : undefined;
};
const plain = { position: 'bottom-right', scale: 0.15, opacity: 0.8, margin: 0.02 };

describe('wm_ parameters', () => {
  it.each([
    ['nothing', {}, undefined],
    ['wm_enabled', { wm_enabled: true }, { ...plain, content: { text: 'AI generated', color: '#ffffff' } }],
    ['a text', { wm_text: ' mine ' }, { ...plain, content: { text: 'mine', color: '#ffffff' } }],
    ['a text that is switched off', { wm_text: 'mine', wm_enabled: false }, undefined],
    [
      'a place alone',
      { wm_position: 'tl' },
      { ...plain, position: 'top-left', content: { text: 'AI generated', color: '#ffffff' } },
    ],
    [
      'everything',
      { wm_text: 'x', wm_position: 'top_center', wm_scale: 0.5, wm_opacity: 1, wm_margin: 0, wm_color: '#f00' },
      { position: 'top', scale: 0.5, opacity: 1, margin: 0, content: { text: 'x', color: '#f00' } },
    ],
    ['the hidden mark alone', { wm_invisible: true }, undefined],
  ])('%s', async (_what, body, visibleMark) => {
    expect(await publishOf(body)).toEqual({ ...(visibleMark && { visibleMark }), hasInvisibleMark: true, credits: {} });
  });

  it.each([
    [{ wm_invisible: false }, {}, false],
    [{ wm_invisible: true }, { VIDGEN_V2_WATERMARK_INVISIBLE: 'off' }, true],
    [{}, { VIDGEN_V2_WATERMARK_INVISIBLE: 'off' }, false],
  ])('hides a mark as request and server say: %j, %j', async (body, settings, hasInvisibleMark) => {
    expect(await publishOf(body, await startV2(settings))).toMatchObject({ hasInvisibleMark });
  });

  it("shows the server's mark where a request says nothing", async () => {
    const marking = await startV2({ VIDGEN_V2_WATERMARK: 'on', VIDGEN_V2_WATERMARK_TEXT: 'ours' });
    expect(await publishOf({}, marking)).toMatchObject({ visibleMark: { content: { text: 'ours' } } });
    expect(await publishOf({ wm_enabled: false }, marking)).not.toHaveProperty('visibleMark');
  });

  it('keeps a picture as a file of the account and an input of the job', async () => {
    const publish = await publishOf({ wm_image: png, wm_text: 'the picture counts' });
    expect(publish).toMatchObject({ visibleMark: { content: { image: { fileId: expect.any(String) } } } });
    expect(app.intake.kept()).toHaveLength(1);
  });

  it.each([
    ['wm_image must be a base64 data URI', 400, 'https://x.test/a.png'],
    ['wm_image is not valid base64', 400, 'data:image/png;base64,@@@@'],
    ['wm_image is not a readable image', 400, `data:image/png;base64,${Buffer.from('no picture').toString('base64')}`],
    ['Request body too large', 413, `data:image/png;base64,${Buffer.alloc(5 * 1024 * 1024 + 1).toString('base64')}`],
  ])('%s', async (error, status, wm_image) => {
    const answer = await app.call({ action: 'generate', scenes: [{ prompt: 'x' }], wm_image });
    expect([answer.statusCode, errorBody.parse(answer.json()).error]).toEqual([status, error]);
  });

  it('takes the same picture for the same request, and another one for another', async () => {
    const call = (wm_image: string) =>
      app.call({ action: 'generate', scenes: [{ prompt: 'x' }], wm_image }, { headers: { 'idempotency-key': 'mark-1' } });
    const [first, second] = [await call(png), await call(png.replace('image/png', 'image/x'))];
    expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
    expect(second.json()).toEqual(first.json());
  });

  it('reads all spellings of the nine places', () => {
    const words = [
      'tl',
      'topCenter',
      'top',
      'tr',
      'cl',
      'left',
      'center',
      'c',
      'middle_right',
      'bottom-left',
      'bc',
      'bottomRight',
    ];
    expect(words.map(toPosition)).toEqual([
      ...['top-left', 'top', 'top', 'top-right', 'left', 'left', 'center', 'center', 'right'],
      ...['bottom-left', 'bottom', 'bottom-right'],
    ]);
  });
});

describe('cs_ parameters', () => {
  it('become the credits of the manifest, and no word is lost', async () => {
    const cs = { cs_title: 'T', cs_author: 'A', cs_url: 'https://x.test', cs_mood: 'calm', cs_license: '  ' };
    expect(await publishOf(cs)).toMatchObject({
      credits: { title: 'T', author: 'A', url: 'https://x.test', other: { cs_mood: 'calm' } },
    });
  });
});

describe('a finished run', () => {
  const metaOf = async (provenance: Record<string, unknown> | null, withSidecar = false): Promise<unknown> => {
    const run = await app.submit();
    const done = finished(`${run.gen_id}_fp_00001`);
    app.jobs.change(run.id, { state: 'running' });
    const artifacts = (done.artifacts ?? []).map((one) =>
      one.role === 'film' && provenance !== null
        ? { ...one, provenance: { fingerprint: 'ab'.repeat(32), manifest: 'embedded' as const, ...provenance } }
        : one,
    );
    const [film] = artifacts;
    const sidecar = film && { ...film, role: 'document' as const, mediaType: 'application/c2pa', name: 'x.c2pa' };
    app.jobs.change(run.id, { ...done, artifacts: [...artifacts, ...(withSidecar && sidecar ? [sidecar] : [])] });
    const body = statusBodySchema.parse((await app.call({ action: 'status', id: run.id })).json());
    return 'meta' in body ? body.meta : body;
  };

  it('names its fingerprint and its signature', async () => {
    expect(await metaOf({})).toMatchObject({ fingerprint: 'ab'.repeat(32), c2pa: true, c2pa_manifest: 'embedded' });
  });

  it('links a manifest that lies beside the film', async () => {
    const meta = await metaOf({ manifest: 'sidecar' }, true);
    expect(meta).toMatchObject({
      c2pa: true,
      c2pa_manifest: 'sidecar',
      images: [{ type: 'signed' }, { type: 'thumbnail' }, { type: 'manifest' }],
    });
  });

  it('still has an image of type signed where the server does not sign, and says so', async () => {
    const meta = await metaOf({ manifest: 'none' });
    expect(meta).toMatchObject({ c2pa: false, images: [{ type: 'signed' }, { type: 'thumbnail' }] });
    expect(meta).not.toHaveProperty('c2pa_manifest');
    finish(app, await app.submit());
  });
});
