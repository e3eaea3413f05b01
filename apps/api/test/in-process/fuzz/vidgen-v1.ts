import { listBodySchema, statusBodySchema } from '@polyreel/surfaces/vidgen-v1/schemas';
import type { TestMedia } from '@polyreel/testkit/surface-app';
import fc from 'fast-check';
import { z } from 'zod';
import type { InProcessApp } from '../start-app.ts';
import { formOf, type Part, postForm } from './form.ts';
import type { Case, Kind, Request, Row } from './run-fuzz.ts';

/** Longest voice of the server under test, in seconds. */
export const audioSecondsMax = 2;

const refusal = (status: number, name: string, text: RegExp | string, extras: z.ZodRawShape = {}): Row => ({
  name,
  status,
  body: z.strictObject({ error: typeof text === 'string' ? z.literal(text) : z.string().regex(text), ...extras }),
});
const jobId = z.string().regex(/^c[a-z0-9]{24}$/);
const types = { detectedType: z.string(), declaredType: z.string() };

/** Every answer that the contract documents and this server can give with limits off and no worker. */
export const rows: readonly Row[] = [
  { name: 'job created', status: 201, body: z.strictObject({ message: z.literal('Job created'), jobId }) },
  { name: 'status', status: 200, body: statusBodySchema },
  { name: 'list', status: 200, body: listBodySchema },
  {
    name: 'cancelled',
    status: 200,
    body: z.strictObject({ success: z.literal(true), message: z.literal('Job cancelled successfully') }),
  },
  { name: 'health', status: 200, body: z.strictObject({ status: z.literal('ok') }) },
  { name: 'job of another surface', status: 200, body: z.looseObject({ gen_id: z.string() }) },
  refusal(400, 'Expected multipart/form-data', 'Expected multipart/form-data'),
  refusal(400, 'image file is required', 'image file is required'),
  refusal(400, 'audio file is required', 'audio file is required'),
  refusal(400, 'Only one image file', 'Only one image file is allowed'),
  refusal(400, 'Only one audio file', 'Only one audio file is allowed'),
  refusal(400, 'Unexpected file field', /^Unexpected file field "/),
  refusal(400, 'webhookUrl', 'webhookUrl must be a valid https:// URL'),
  refusal(400, 'image could not be decoded', 'image could not be decoded'),
  refusal(400, 'audio could not be decoded', 'audio could not be decoded'),
  refusal(400, 'audio is too long', `audio is longer than ${audioSecondsMax} seconds`),
  refusal(400, 'limit', 'limit must be an integer between 1 and 100'),
  refusal(400, 'Invalid cursor', 'Invalid cursor'),
  refusal(400, 'status word', /^status must be one of PENDING, /),
  refusal(400, 'Idempotency-Key is none', /^Idempotency-Key must be /),
  refusal(401, 'Missing X-API-Key header', 'Missing X-API-Key header'),
  refusal(401, 'Invalid or inactive API key', 'Invalid or inactive API key'),
  refusal(404, 'Job not found', 'Job not found'),
  refusal(404, 'no such path', 'Not found'),
  refusal(409, 'You already have an active job', 'You already have an active job', { activeJobId: jobId }),
  refusal(409, 'Job cannot be cancelled', 'Job cannot be cancelled in its current state'),
  refusal(413, 'File exceeds the 50 MB limit', 'File exceeds the 50 MB limit'),
  refusal(415, 'Unsupported image type', 'Unsupported image type', types),
  refusal(415, 'Unsupported audio type', 'Unsupported audio type', types),
  refusal(422, 'Idempotency-Key of another request', /idempotency key was used/),
  refusal(429, 'Too many requests', 'Too many requests, please slow down'),
  refusal(503, 'Server is busy', 'Server is busy, please retry later'),
];

const post = (parts: readonly Part[], more: Partial<Request> = {}): Request => postForm('/api/jobs', parts, more);
const idempotent = (key: string) => ({ headers: { 'idempotency-key': key } });
const get = (url: string): Request => ({ method: 'GET', url });

/** Half of the cases are good, half have one thing wrong. */
export async function makeKinds(media: TestMedia, full: InProcessApp): Promise<Kind[]> {
  const canvas = { width: 64, height: 48 };
  const [png, jpeg, webp, gif] = await Promise.all(
    (['png', 'jpeg', 'webp', 'gif'] as const).map((kind) => media.picture(kind, canvas)),
  );
  const [mp3, wav, m4a, ogg, flac] = await Promise.all(
    (['mp3', 'wav', 'm4a', 'vorbis', 'flac'] as const).map((kind) => media.sound(kind, 1)),
  );
  const long = await media.sound('mp3', audioSecondsMax + 1);
  if (!png || !jpeg || !webp || !gif || !mp3 || !wav || !m4a || !ogg || !flac) throw new Error('a file was not made');

  const filename = fc.stringMatching(/^[\w. -]{1,20}$/);
  const file = (name: string, bodies: readonly Buffer[]): fc.Arbitrary<Part> =>
    fc.record({ name: fc.constant(name), body: fc.constantFrom(...bodies), filename });
  const image = file('image', [png, jpeg, webp]);
  const audio = file('audio', [mp3, wav, m4a, ogg]);
  const text = fc
    .constantFrom('', 'https://your.app/hook', 'https://your.app:8443/a?b=c')
    .map((body): Part => ({ name: 'webhookUrl', body }));
  const unknownText = fc.stringMatching(/^[a-z]{1,12}$/).map((body): Part => ({ name: 'note', body }));
  const parts = fc.tuple(image, audio, fc.option(text), fc.option(unknownText)).map((all) => all.filter((part) => part !== null));
  const shuffled = parts.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

  const calls = (name: string, cases: fc.Arbitrary<Case>): Kind => ({ name, share: 1, cases });
  const changed = (name: string, change: (parts: readonly Part[]) => fc.Arbitrary<readonly Part[]>): Kind =>
    calls(
      name,
      parts.chain(change).map((sent): Case => [post(sent)]),
    );
  const without = (name: string) => (all: readonly Part[]) => fc.constant(all.filter((part) => part.name !== name));
  const instead = (name: string, bodies: readonly (string | Buffer)[]) => (all: readonly Part[]) =>
    fc.constantFrom(...bodies).map((body) => all.map((part) => (part.name === name ? { ...part, body } : part)));
  const extra = (part: fc.Arbitrary<Part>) => (all: readonly Part[]) => part.map((one) => [...all, one]);
  const hook = fc
    .oneof(
      fc.constantFrom(
        'http://your.app/',
        'ftp://your.app',
        'https://',
        'https://127.0.0.1/',
        'https://[::1]/',
        'https://a:b@your.app/',
        'https://10.0.0.1/x',
      ),
      fc.stringMatching(/^[a-z]{1,20}$/),
    )
    .map((body): Part => ({ name: 'webhookUrl', body }));
  const word = fc.stringMatching(/^[\w-]{1,30}$/);
  const fresh = fc.stringMatching(/^c[a-z0-9]{24}$/);

  const changes: readonly Kind[] = [
    calls(
      'no form',
      fc
        .constantFrom('application/json', 'text/plain', 'multipart/form-data')
        .map((type) => [{ ...post([]), headers: { 'content-type': type } }]),
    ),
    calls(
      'a form that is cut',
      parts.map((all) => [post(all, { payload: formOf(all).subarray(0, -40) })]),
    ),
    changed('no image', without('image')),
    changed('no audio', without('audio')),
    changed('an empty image', instead('image', ['', Buffer.alloc(0)])),
    changed('two images', extra(image)),
    changed('two voices', extra(audio)),
    changed('a foreign file', extra(file('video', [png, mp3]))),
    calls(
      'a webhook that is none',
      fc.tuple(image, audio, hook).map((sent) => [post(sent)]),
    ),
    changed('an image that is cut', instead('image', [png.subarray(0, png.length >> 1), png.subarray(0, png.length - 300)])),
    changed('a voice without sound', instead('audio', [wav.subarray(0, 44)])),
    changed('a voice that is too long', instead('audio', [long])),
    changed('another kind of image', instead('image', [gif, mp3, '%PDF-1.4', '<svg/>', 'x'])),
    changed('another kind of voice', instead('audio', [flac, png, 'x'])),
    calls(
      'a file that is too large',
      parts.map((all) => [post(all, { headers: { 'content-length': String(300 * 1024 * 1024) } })]),
    ),
    calls(
      'no key',
      fc.constantFrom(post([]), get('/api/jobs'), get('/api/status/x')).map((request) => [{ ...request, key: 'none' }]),
    ),
    calls(
      'an unknown key',
      fc.constantFrom(post([]), get('/api/jobs'), get('/api/status/x')).map((request) => [{ ...request, key: 'unknown' }]),
    ),
    calls(
      'a second job',
      parts.map((all) => [post(all), post(all)]),
    ),
    calls(
      'more jobs than an account may have',
      parts.map((all) => [otherJob, post(all)]),
    ),
    calls(
      'cancelled twice',
      parts.map((all) => [post(all), { method: 'DELETE', url: '/api/jobs/{job}' }, { method: 'DELETE', url: '/api/jobs/{job}' }]),
    ),
    calls(
      'an unknown job',
      fc.oneof(word, fresh).map((id) => [get(`/api/status/${id}`), { method: 'DELETE', url: `/api/jobs/${id}` }]),
    ),
    calls(
      'another path',
      word.map((name) => [get(`/api/jobs/${name}/frames`)]),
    ),
    calls(
      'limit',
      fc.constantFrom('0', '101', '-1', '1.5', 'x', '').map((limit) => [get(`/api/jobs?limit=${limit}`)]),
    ),
    calls(
      'cursor',
      fc.oneof(word, fresh).map((cursor) => [get(`/api/jobs?cursor=${cursor}`)]),
    ),
    calls(
      'status word',
      word.map((name) => [get(`/api/jobs?status=${name}`)]),
    ),
    calls(
      'an idempotency key that is none',
      parts.map((all) => [post(all, idempotent(''))]),
    ),
    calls(
      'another request under the same key',
      fc
        .tuple(image, audio)
        .map((all) => [
          post(all, idempotent('a')),
          post([...all, { name: 'webhookUrl', body: 'https://your.app/b' }], idempotent('a')),
        ]),
    ),
    calls('health', fc.constant([get('/api/health')])),
    { name: 'a full server', share: 1, cases: parts.map((all) => [post(all)]), app: full },
  ];
  return [{ name: 'good', share: changes.length, cases: shuffled.map(follow) }, ...changes];
}

/** The one job that the account may have is another surface's. */
const otherJob: Request = {
  method: 'POST',
  url: '/api/v2',
  headers: { 'content-type': 'application/json' },
  payload: JSON.stringify({ action: 'generate', scenes: [{ prompt: 'a lighthouse' }] }),
};

/** Submits, looks, submits again under the same key, and cancels. */
const follow = (parts: readonly Part[]): Case => [
  post(parts, idempotent('first')),
  get('/api/status/{job}'),
  post(parts, idempotent('first')),
  get('/api/jobs?limit=1&status=pending'),
  { method: 'DELETE', url: '/api/jobs/{job}' },
];

const made = z.object({ jobId });
export const jobOf = (body: unknown): string | null => made.safeParse(body).data?.jobId ?? null;
export const keyHeaders = (key: string): Record<string, string> => ({ 'x-api-key': key });
