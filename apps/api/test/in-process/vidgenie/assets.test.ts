import { createTestMedia, type TestMedia } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { emptyTimeline, faultSchema, type Genie, startGenie } from './genie.ts';

let genie: Genie;
let media: TestMedia;
let credential: { key: string };
let stranger: { key: string };
let url: string;
beforeAll(async () => {
  media = await createTestMedia();
  genie = await startGenie({ env: { VIDGENIE_MAX_ASSET_BYTES: '1MB' } });
  credential = { key: (await genie.createAccount()).key };
  stranger = { key: (await genie.createAccount()).key };
  url = await genie.listen();
});
afterAll(async () => {
  await genie.stop();
  await media.close();
});

const assetSchema = z.looseObject({
  id: z.string().regex(/^ast_[0-9a-z]{26}$/),
  asset: z.looseObject({ name: z.string(), status: z.string(), url: z.string().nullable(), size_bytes: z.int() }),
});
const listSchema = z.looseObject({ assets: z.array(z.looseObject({ id: z.string() })) });

async function upload(parts: Readonly<Record<string, string | Blob>>) {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) form.append(name, part);
  const answer = await fetch(`${url}/api/v1/asset.upload`, {
    method: 'POST',
    headers: { 'x-api-key': credential.key },
    body: form,
  });
  const body: unknown = await answer.json();
  return { status: answer.status, body };
}
const dataOf = (body: unknown) => assetSchema.parse(z.looseObject({ data: z.unknown() }).parse(body).data);

it('a form brings a file in one call, with its name and metadata after it', async () => {
  const bytes = await media.picture('png');
  const { status, body } = await upload({ file: new Blob([Buffer.from(bytes)]), name: 'Logo', metadata: '{"set":1}' });
  expect(status, JSON.stringify(body)).toBe(200);
  const { id, asset } = dataOf(body);
  expect(asset).toMatchObject({ name: 'Logo', status: 'ready', size_bytes: bytes.byteLength, metadata: { set: 1 } });
  const seen = await genie.call(assetSchema, 'asset.get', { id }, credential);
  expect(seen.asset).toMatchObject({ name: 'Logo', metadata: { set: 1 } });
});

it.each([
  ['no file', { name: 'x' }, 400, 'invalid_request'],
  ['another field', { file: new Blob(['x']), nmae: 'x' }, 400, 'invalid_request'],
  ['metadata that are no object', { file: new Blob(['x']), metadata: '[1]' }, 400, 'invalid_request'],
  ['a file that is too large', { file: new Blob([Buffer.alloc(1_100_000)]) }, 413, 'payload_too_large'],
])('a form with %s is refused', async (_what, parts, status, code) => {
  const answer = await upload(parts);
  expect([answer.status, faultSchema.parse(answer.body).error.code]).toEqual([status, code]);
});

it('a link takes the bytes by PUT, once, and the asset waits for them', async () => {
  const made = await genie.call(
    assetSchema.extend({ upload: z.strictObject({ method: z.literal('PUT'), url: z.string(), expires_at: z.iso.datetime() }) }),
    'asset.upload',
    { name: 'clip.mp4', content_type: 'video/mp4' },
    credential,
  );
  expect(made.asset.status).toBe('pending');
  const link = new URL(made.upload.url);
  const put = () => fetch(`${url}${link.pathname}`, { method: 'PUT', body: 'some bytes' });
  expect([(await put()).status, (await put()).status]).toEqual([200, 403]);
  expect((await genie.call(assetSchema, 'asset.get', { id: made.id }, credential)).asset).toMatchObject({
    status: 'ready',
    size_bytes: 10,
  });
  const large = await genie.call(
    z.looseObject({ upload: z.looseObject({ url: z.string() }) }),
    'asset.upload',
    { name: 'large.bin' },
    credential,
  );
  const tooLarge = await fetch(`${url}${new URL(large.upload.url).pathname}`, {
    method: 'PUT',
    body: Buffer.alloc(1_100_000),
  });
  expect(tooLarge.status).toBe(413);
  expect(await genie.refusal('asset.upload', { name: 'x', size_bytes: 2_000_000 }, credential)).toEqual([
    413,
    'payload_too_large',
  ]);
});

it('an asset is its account’s alone, serves its renders, and stays while one of them needs it', async () => {
  const { body } = await upload({ file: new Blob([Buffer.from(await media.picture('png'))]), name: 'used' });
  const { id } = dataOf(body);
  const clip = { asset: { type: 'image', src: `asset://${id}` }, start: 0, length: 1 };
  const edit = { ...emptyTimeline, timeline: { tracks: [{ clips: [clip] }] } };
  expect(await genie.refusal('render.create', edit, stranger)).toEqual([400, 'invalid_timeline']);
  const render = await genie.call(z.looseObject({ id: z.string() }), 'render.create', edit, credential);
  for (const name of ['asset.get', 'asset.delete'])
    expect(await genie.refusal(name, { id }, stranger)).toEqual([404, 'asset_not_found']);
  expect(await genie.refusal('asset.delete', { id }, credential)).toEqual([409, 'asset_in_use']);
  await genie.ask('render.cancel', { id: render.id }, credential);
  await genie.call(z.looseObject({ deleted: z.literal(true) }), 'asset.delete', { id }, credential);
  expect(await genie.refusal('asset.get', { id }, credential)).toEqual([404, 'asset_not_found']);
  const { assets } = await genie.call(listSchema, 'asset.list', {}, credential);
  expect(assets.map((asset) => asset.id)).not.toContain(id);
  expect((await genie.call(listSchema, 'asset.list', {}, stranger)).assets).toEqual([]);
});
