import { acceptedSchema, historyBodySchema, statusBodySchema, usageBodySchema } from '@polyreel/surfaces/vividflow/schemas';
import type { TestMedia } from '@polyreel/testkit/surface-app';
import fc from 'fast-check';
import { z } from 'zod';
import type { InProcessApp } from '../start-app.ts';
import { formOf, type Part, postForm } from './form.ts';
import type { Case, Kind, Request, Row } from './run-fuzz.ts';

/** Credits and active jobs of one account of the server under test. */
export const limits = { credits: 2, activeJobs: 3, imageBytes: 64 * 1024 } as const;
/** One model is free, so that an account can have more jobs than credits. */
export const prices = 'wan2.1=1,veo3.1=0';

const requestId = z.string().regex(/^[0-9a-f]{8}$/);
const refusal = (status: number, name: string, text: RegExp | string, extras: z.ZodRawShape = {}): Row => ({
  name,
  status,
  body: z.strictObject({
    error: typeof text === 'string' ? z.literal(text) : z.string().regex(text),
    request_id: requestId,
    ...extras,
  }),
});
const badFields = (name: string, detail: RegExp): Row =>
  refusal(400, `Invalid parameters: ${name}`, 'Invalid parameters', {
    details: z.array(z.string()).refine((details) => details.some((text) => detail.test(text))),
  });

/** Every answer that the contract documents and this server can give with rate limits off and no worker. */
export const rows: readonly Row[] = [
  { name: 'job accepted', status: 202, body: acceptedSchema },
  { name: 'status', status: 200, body: statusBodySchema },
  { name: 'history', status: 200, body: historyBodySchema },
  { name: 'usage', status: 200, body: usageBodySchema },
  { name: 'cancelled', status: 200, body: z.strictObject({ message: z.literal('Cancelled'), request_id: requestId }) },
  {
    name: 'health',
    status: 200,
    body: z.strictObject({ status: z.literal('healthy'), service: z.literal('vivid-flow') }),
  },
  refusal(400, 'No image file provided', 'No image file provided'),
  refusal(400, 'No selected file', 'No selected file'),
  refusal(400, 'Invalid image type', 'Invalid image type. Allowed: png, jpg, jpeg, webp'),
  refusal(400, 'Image is too large', /^Image is too large \(max [\d.]+ MB\)$/),
  refusal(400, 'Image could not be decoded', 'Image could not be decoded'),
  refusal(400, 'Prompt is required', 'Prompt is required'),
  refusal(400, 'Prompt is too short', 'Prompt must be at least 3 characters'),
  refusal(400, 'Unknown model', /^Unknown model: /),
  refusal(400, 'Cannot have both', 'Cannot have both'),
  refusal(400, 'Cannot cancel', 'Cannot cancel'),
  refusal(400, 'Content blocked', 'Content blocked', { error_type: z.literal('RAI_FILTER'), details: z.string() }),
  badFields('of wan2.1', /^(cfg|width|height|length|steps|seed|negative_prompt) /),
  badFields('of veo3.1', /^(duration_seconds|resolution|aspect_ratio|person_generation|generate_audio|enhance_prompt) /),
  badFields('twice', / must be given once$/),
  badFields('pages', /^(limit|offset|page) /),
  badFields('image_url', /^image_url/),
  badFields('broken form', /^the body is not valid multipart/),
  refusal(400, 'Idempotency-Key is none', /^Idempotency-Key must be /),
  refusal(401, 'API key is missing', 'API key is missing'),
  refusal(401, 'Invalid API key', 'Invalid API key'),
  refusal(404, 'Job not found', 'Job not found'),
  refusal(404, 'no such path', 'Not found'),
  refusal(405, 'Method not allowed', 'Method not allowed'),
  refusal(413, 'Request is too large', 'Request is too large'),
  refusal(422, 'Idempotency-Key of another request', /idempotency key was used/),
  refusal(429, 'Credit limit reached', 'Credit limit reached', { credits_remaining: z.literal(0), cycle_resets_on: z.string() }),
  refusal(429, 'Rate limit exceeded', 'Rate limit exceeded', { details: z.string(), retry_after: z.number().positive() }),
  refusal(503, 'Server is busy', 'Server is busy, please retry later'),
];

const url = '/api/v1/generate';
const get = (path: string): Request => ({ method: 'GET', url: `/api/v1/${path}` });
const idempotent = (key: string) => ({ headers: { 'idempotency-key': key } });
const texts = (fields: Readonly<Record<string, string>>): Part[] =>
  Object.entries(fields).map(([name, body]) => ({ name, body }));

const prompt = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => `a lighthouse ${text.replaceAll('\u0000', '')}`);
const wan = fc.record(
  {
    model: fc.constantFrom('wan2.1', ''),
    cfg: fc.integer({ min: 10, max: 200 }).map((tenths) => String(tenths / 10)),
    width: fc.integer({ min: 64, max: 960 }).map((half) => String(half * 2)),
    height: fc.integer({ min: 64, max: 960 }).map((half) => String(half * 2)),
    length: fc.integer({ min: 1, max: 241 }).map(String),
    steps: fc.integer({ min: 1, max: 100 }).map(String),
    seed: fc.integer({ min: -1, max: 2 ** 31 - 1 }).map(String),
    negative_prompt: fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => text.replaceAll('\u0000', '')),
    duration_seconds: fc.constant('of the other model'),
    add_keywords: fc.constant('x'),
  },
  { requiredKeys: [] },
);
// Everybody may be seen, so that no model has to look for faces in thousands of pictures.
const veo = fc.record(
  {
    model: fc.constant('veo3.1'),
    person_generation: fc.constant('allow_all'),
    duration_seconds: fc.constantFrom('4', '6', '8'),
    resolution: fc.constantFrom('720p', '1080p'),
    aspect_ratio: fc.constantFrom('16:9', '9:16'),
    camera_motion: fc.constantFrom('None', 'Dolly (In)', 'Pan', 'a slow drift'),
    subject_animation: fc.constantFrom('None', 'it spins'),
    environmental_animation: fc.constantFrom('none', 'heavy rain'),
    generate_audio: fc.constantFrom('true', 'No', '1', 'off'),
    enhance_prompt: fc.constantFrom('true', '0'),
    cfg: fc.constant('of the other model'),
  },
  { requiredKeys: ['model', 'person_generation'] },
);
const fields: fc.Arbitrary<Record<string, string>> = fc
  .tuple(prompt, fc.oneof(wan, veo))
  .map(([text, others]): Record<string, string> => ({ prompt: text, ...others }));

/** Half of the cases are good, half have one thing wrong. `full` is a server that takes no more work. */
export async function makeKinds(media: TestMedia, full: InProcessApp): Promise<Kind[]> {
  const canvas = { width: 32, height: 24 };
  const [png, jpeg, webp, gif] = [
    await media.picture('png', canvas),
    await media.picture('jpeg', canvas),
    await media.picture('webp', canvas),
    await media.picture('gif', canvas),
  ];
  const filename = fc.stringMatching(/^[\w. -]{1,20}$/);
  const image = fc.record({ name: fc.constant('image'), body: fc.constantFrom(png, jpeg, webp), filename });
  const good = fc.tuple(image, fields);
  const imageOf = (body: string | Buffer, name = 'a.png'): Part => ({ name: 'image', body, filename: name });

  const calls = (name: string, cases: fc.Arbitrary<Case>, app?: InProcessApp): Kind => ({
    name,
    share: 1,
    cases,
    ...(app && { app }),
  });
  const changed = (name: string, change: fc.Arbitrary<Readonly<Record<string, string>>>): Kind =>
    calls(
      name,
      fc
        .tuple(good, change)
        .map(([[picture, given], other]): Case => [postForm(url, [picture, ...texts({ ...given, ...other })])]),
    );
  const picture = (name: string, parts: fc.Arbitrary<readonly Part[]>): Kind =>
    calls(
      name,
      fc.tuple(fields, parts).map(([given, sent]): Case => [postForm(url, [...sent, ...texts(given)])]),
    );
  const send = ([part, given]: [Part, Record<string, string>], more: Partial<Request> = {}): Request =>
    postForm(url, [part, ...texts(given)], more);
  const id = fc.oneof(fc.uuid({ version: 4 }), fc.stringMatching(/^[\w-]{1,40}$/));

  const changes: readonly Kind[] = [
    picture(
      'no image',
      fc.constantFrom([], [{ name: 'image', body: 'text' }], [{ name: 'picture', body: png, filename: 'a.png' }]),
    ),
    calls(
      'no form',
      fc.constantFrom('application/json', 'text/plain').map((type) => [postForm(url, [], { headers: { 'content-type': type } })]),
    ),
    calls(
      'a form that is cut',
      good.map(([part, given]) => [send([part, given], { payload: formOf([part, ...texts(given)]).subarray(0, -40) })]),
    ),
    picture('an empty image', fc.constant([imageOf('')])),
    picture(
      'another kind of image',
      fc.constantFrom(gif, Buffer.from('%PDF-1.4'), Buffer.from('x')).map((body) => [imageOf(body)]),
    ),
    picture('an image that is too large', fc.constant([imageOf(Buffer.concat([png, Buffer.alloc(limits.imageBytes)]))])),
    picture('an image that is cut', fc.constant([imageOf(png.subarray(0, png.length - 40))])),
    calls(
      'a body that is too large',
      good.map((all) => [send(all, { headers: { 'content-length': String(300 * 1024 * 1024) } })]),
    ),
    changed('no prompt', fc.constantFrom({ prompt: '' }, { prompt: '  ' })),
    changed('a short prompt', fc.constantFrom({ prompt: 'ab' }, { prompt: ' \u00e4\u00f6 ' })),
    changed(
      'another model',
      fc.stringMatching(/^[a-z]{2,10}$/).map((model) => ({ model })),
    ),
    changed('image and image_url', fc.constant({ image_url: 'https://pictures.test/x.png' })),
    picture(
      'an image_url that is none',
      fc.constantFrom('http://127.0.0.1/x.png', 'ftp://a.test/', 'x').map((body) => [{ name: 'image_url', body }]),
    ),
    changed(
      'a field of wan2.1',
      fc
        .constantFrom(
          { cfg: '0.9' },
          { cfg: '20.1' },
          { width: '127' },
          { height: '1921' },
          { length: '0' },
          { length: '242' },
          { steps: '101' },
          { steps: 'x' },
          { seed: '-2' },
          { seed: '0x10' },
        )
        .map((other) => ({ ...other, model: 'wan2.1' })),
    ),
    changed(
      'a field of veo3.1',
      fc
        .constantFrom(
          { duration_seconds: '5' },
          { resolution: '4k' },
          { aspect_ratio: '1:1' },
          { generate_audio: 'perhaps' },
          { enhance_prompt: '2' },
          { person_generation: 'some' },
        )
        .map((other) => ({ ...other, model: 'veo3.1' })),
    ),
    picture(
      'a field twice',
      fc.constant([imageOf(png), { name: 'model', body: 'wan2.1' }, { name: 'model', body: 'wan2.1' }, imageOf(png)]),
    ),
    changed(
      'what is not allowed',
      fc.constantFrom(
        { prompt: 'a nude woman' },
        { prompt: 'a beheading in close-up' },
        { model: 'veo3.1', person_generation: 'deny', prompt: 'two people walk' },
      ),
    ),
    calls(
      'no key',
      fc.constantFrom(postForm(url, []), get('history'), get('status/x'), get('usage')).map((one) => [{ ...one, key: 'none' }]),
    ),
    calls(
      'an unknown key',
      fc
        .constantFrom(postForm(url, []), get('history'), get('status/x'), get('usage'))
        .map((one) => [{ ...one, key: 'unknown' }]),
    ),
    calls(
      'an unknown job',
      id.map((job) => [get(`status/${job}`), { method: 'POST', url: `/api/v1/cancel/${job}` }]),
    ),
    calls(
      'cancelled twice',
      good.map((all) => [
        send(all),
        { method: 'POST', url: '/api/v1/cancel/{job}' },
        { method: 'POST', url: '/api/v1/cancel/{job}' },
      ]),
    ),
    calls(
      'more jobs than an account may have',
      good.map(([part, { prompt: text = '' }]) =>
        Array.from({ length: limits.activeJobs + 1 }, () =>
          send([part, { prompt: text, model: 'veo3.1', person_generation: 'allow_all' }]),
        ),
      ),
    ),
    calls(
      'more than the credits',
      good.map(([part, { prompt: text = '' }]) =>
        Array.from({ length: limits.credits + 1 }, () => send([part, { prompt: text }])),
      ),
    ),
    calls(
      'pages',
      fc.constantFrom('limit=0', 'limit=101', 'limit=x', 'offset=-1', 'page=0').map((query) => [get(`history?${query}`)]),
    ),
    calls(
      'another path',
      fc.stringMatching(/^[a-z]{3,12}$/).map((name) => [get(`${name}/x/y`)]),
    ),
    calls(
      'another method',
      fc.constantFrom({ ...get('generate') }, { ...get('usage'), method: 'PUT' as const }).map((one) => [one]),
    ),
    calls(
      'an idempotency key that is none',
      good.map((all) => [send(all, idempotent(''))]),
    ),
    calls(
      'another request under the same key',
      good.map(([part, given]) => [
        send([part, given], idempotent('a')),
        send([part, { ...given, prompt: 'another lighthouse' }], idempotent('a')),
      ]),
    ),
    calls('health', fc.constant([get('health')])),
    calls(
      'a full server',
      good.map((all) => [send(all)]),
      full,
    ),
  ];
  const follow = (all: [Part, Record<string, string>]): Case => [
    send(all, idempotent('first')),
    get('status/{job}'),
    send(all, idempotent('first')),
    get('history?limit=1'),
    get('usage'),
    { method: 'POST', url: '/api/v1/cancel/{job}' },
  ];
  return [{ name: 'good', share: changes.length, cases: good.map(follow) }, ...changes];
}

const made = z.object({ job_id: z.string(), message: z.string() });
export const jobOf = (body: unknown): string | null => made.safeParse(body).data?.job_id ?? null;
export const keyHeaders = (key: string): Record<string, string> => ({ 'x-api-key': key });
