import fc from 'fast-check';
import {
  generateBodySchema,
  modelsBodySchema,
  optimizeBodySchema,
  randomBodySchema,
  statusBodySchema,
} from '@polyreel/surfaces/vidgen-v2/schemas';
import { z } from 'zod';
import type { InProcessApp } from '../start-app.ts';
import type { Case, Kind, Request, Row } from './run-fuzz.ts';

/** Queued and running jobs of one account, as the server under test is set. */
export const activeJobsMax = 3;

type Body = Readonly<Record<string, unknown>>;

/** An error answer; answers to `status` carry one key more. */
const refusal = (status: number, name: string, text: RegExp | string, extras: z.ZodRawShape = {}): Row => ({
  name,
  status,
  body: z.strictObject({
    status: z.literal('FAILED').optional(),
    error: typeof text === 'string' ? z.literal(text) : z.string().regex(text),
    ...extras,
  }),
});
/** A row of the table of faults: all of them are told. */
const fault = (name: string, text: RegExp | string): Row => refusal(400, name, text, { details: z.array(z.string()).min(1) });

/** Every answer that the contract documents and this server can give with limits off and no worker. */
export const rows: readonly Row[] = [
  { name: 'models', status: 200, body: modelsBodySchema },
  { name: 'generate', status: 200, body: generateBodySchema },
  { name: 'status', status: 200, body: statusBodySchema },
  { name: 'optimize', status: 200, body: optimizeBodySchema },
  { name: 'random', status: 200, body: randomBodySchema },
  fault('scenes array is required', 'scenes array is required'),
  fault('scenes must not contain more', 'scenes must not contain more than 5 items'),
  fault('scene must be an object', /^scenes\[\d\] must be an object$/),
  fault('scene prompt is required', /^scenes\[\d\]\.prompt is required$/),
  fault('scene prompt or negative is too long', /^scenes\[\d\]\.(prompt|negative) must be/),
  fault('Unknown model', /^Unknown model: /s),
  fault('model must be a string', 'model must be a string'),
  fault('must be divisible by 8', /^(width|height) must be divisible by 8$/),
  fault('must be between 64 and 1920', /^(width|height) must be (an integer )?between 64 and 1920$/),
  fault('width times height', 'width times height must not exceed 2088960'),
  fault('size', 'size must be an integer between 720 and 1280'),
  fault('frame must be a base64 data URI', /^scenes\[\d\]\.(start|end)_frame must be a base64 data URI$/),
  fault('frame has unsupported type', /^scenes\[\d\]\.start_frame has unsupported type image\/gif$/),
  fault('frame is not valid base64', /^scenes\[\d\]\.start_frame is not valid base64$/),
  fault('frame is not a readable image', /^scenes\[\d\]\.start_frame is not a readable image$/),
  fault('end_frame requires start_frame', /^scenes\[\d\]\.end_frame requires start_frame$/),
  fault('music.bpm', 'music.bpm must be an integer between 10 and 300'),
  fault('music.keyscale', 'music.keyscale is not a known key'),
  fault('another field', /^(music|fx_sound|wm_|cs_|seed|upscale|optimize|interpolate)\S* (must be|is not a known)/),
  fault('given twice', /^[\w.]+ is given twice with different values$/),
  fault('not available on this server', /is not available on this server$/),
  fault('prompt is too long', 'prompt must be text of at most 4000 characters'),
  refusal(400, 'Content blocked', 'Content blocked', {
    compliance: z.literal('unsafe'),
    reason: z.string(),
    flagged_categories: z.array(z.string()).min(1),
    scene: z.int().optional(),
  }),
  refusal(400, 'prompt is required', 'prompt is required'),
  refusal(400, 'id is required', 'id is required'),
  refusal(400, 'Invalid JSON', 'Invalid JSON'),
  refusal(400, 'Request body must be an object', 'Request body must be an object'),
  refusal(400, 'action is required', 'action is required'),
  refusal(400, 'Unknown action', /^Unknown action: /s),
  refusal(400, 'action differs from the path', /^action must be "\w+" on this path$/),
  refusal(400, 'Idempotency-Key is none', /^Idempotency-Key must be /),
  refusal(401, 'Unauthorized', 'Unauthorized'),
  refusal(404, 'Job not found', 'Job not found'),
  refusal(404, 'no such path', 'Not found'),
  refusal(405, 'Method not allowed', 'Method not allowed'),
  refusal(413, 'Request body too large', 'Request body too large'),
  refusal(415, 'Content-Type must be application/json', 'Content-Type must be application/json'),
  refusal(429, 'Too many requests', 'Too many requests'),
  refusal(422, 'Idempotency-Key of another request', /idempotency key was used/),
  refusal(503, 'Server is busy', 'Server is busy, please retry later'),
];

/** A pixel each. */
const frames = {
  png: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  gif: 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  cut: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB',
  rubbish: 'data:image/png;base64,iVBO!!Rw0KGgo=',
} as const;

const plainText = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\u0000', ''));
const prompt = plainText.map((text) => `a lighthouse ${text}`);
const scene = fc.record({ prompt, negative: plainText, start_frame: fc.constant(frames.png) }, { requiredKeys: ['prompt'] });
const side = fc.integer({ min: 8, max: 128 }).map((eighth) => eighth * 8);
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const switchedOff = fc.constantFrom(false, null);

/** Every `generate` body that is good, as the schema has it. */
const good: fc.Arbitrary<Body> = fc.record(
  {
    action: fc.constant('generate'),
    scenes: fc.array(scene, { minLength: 1, maxLength: 5 }),
    model: fc.constantFrom('wan22', null),
    size: fc.integer({ min: 720, max: 1280 }),
    width: side,
    height: side,
    seed,
    optimize: fc.boolean(),
    upscale: switchedOff,
    interpolate: switchedOff,
    music: fc.record(
      {
        enabled: fc.constant(false),
        tags: plainText,
        bpm: fc.integer({ min: 10, max: 300 }),
        keyscale: fc.constantFrom('C major', 'eb MINOR'),
      },
      { requiredKeys: [] },
    ),
    'fx_sound.prompt': plainText,
    wm_invisible: fc.constant(false),
    unknown_field: fc.jsonValue(),
  },
  { requiredKeys: ['action', 'scenes'] },
);

const post = (body: unknown, more: Partial<Request> = {}): Request => ({
  method: 'POST',
  url: '/api/v2',
  ...more,
  headers: { 'content-type': 'application/json', ...more.headers },
  payload: typeof body === 'string' ? body : JSON.stringify(body),
});

/** A good body with one thing changed. */
const changed = (name: string, changes: fc.Arbitrary<Body>): Kind => ({
  name,
  share: 1,
  cases: fc.tuple(good, changes).map(([body, change]): Case => [post({ ...body, ...change })]),
});
/** A good body of which one scene is changed. */
const changedScene = (name: string, scenes: fc.Arbitrary<unknown>): Kind =>
  changed(
    name,
    scenes.map((other) => ({ scenes: [other] })),
  );
const calls = (name: string, cases: fc.Arbitrary<Case>): Kind => ({ name, share: 1, cases });

const notText = fc.oneof(fc.integer(), fc.boolean(), fc.constant([]), fc.constant({}));
const tooLong = fc.integer({ min: 4001, max: 5000 }).map((length) => 'x'.repeat(length));
const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '');
const otherMethod = fc.constantFrom('GET' as const, 'PUT' as const, 'PATCH' as const, 'DELETE' as const);
const idempotent = (key: string) => ({ headers: { 'idempotency-key': key } });

const changes: readonly Kind[] = [
  changed(
    'no scenes',
    fc.constantFrom(undefined, null, [], 'x', 5, {}).map((scenes) => ({ scenes })),
  ),
  changed(
    'too many scenes',
    fc.integer({ min: 6, max: 20 }).map((count) => ({ scenes: Array.from({ length: count }, () => ({ prompt: 'x' })) })),
  ),
  changedScene('a scene that is none', fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant([]))),
  changedScene(
    'a scene without prompt',
    fc.constantFrom({}, { prompt: '' }, { prompt: ' ' }, { prompt: null }, { prompt: 5 }, { prompt: '-x, -y' }),
  ),
  changedScene(
    'a scene with too much text',
    fc.oneof(
      tooLong.map((text) => ({ prompt: text })),
      tooLong.map((text) => ({ prompt: 'x', negative: text })),
    ),
  ),
  changed(
    'another model',
    word.map((model) => ({ model })),
  ),
  changed(
    'a model that is no text',
    notText.map((model) => ({ model })),
  ),
  changed(
    'odd side',
    fc
      .tuple(fc.constantFrom('width', 'height'), fc.integer({ min: 8, max: 100 }))
      .map(([name, eighth]) => ({ [name]: eighth * 8 + 1 })),
  ),
  changed(
    'far side',
    fc
      .tuple(fc.constantFrom('width', 'height'), fc.constantFrom(0, 8, 56, 1928, 80_000, -64, 'x'))
      .map(([name, value]) => ({ [name]: value })),
  ),
  changed('too many pixels', fc.constant({ width: 1920, height: 1920 })),
  changed(
    'size',
    fc
      .oneof(fc.integer({ max: 719 }), fc.integer({ min: 1281 }), fc.constantFrom('720', 720.5, true, []))
      .map((size) => ({ size })),
  ),
  changedScene(
    'a frame that is no data URI',
    fc
      .oneof(word, fc.constantFrom('https://a.test/x.png', 'data:image/png,abc', 5))
      .map((text) => ({ prompt: 'x', start_frame: text })),
  ),
  changedScene('a gif frame', fc.constant({ prompt: 'x', start_frame: frames.gif })),
  changedScene('a frame of rubbish', fc.constant({ prompt: 'x', start_frame: frames.rubbish })),
  changedScene('a frame that is cut', fc.constant({ prompt: 'x', start_frame: frames.cut })),
  changedScene('an end without a start', fc.constant({ prompt: 'x', end_frame: frames.png })),
  changed(
    'bpm',
    fc.constantFrom(9, 301, 85.5, '85', true, -1).map((bpm) => ({ music: { bpm } })),
  ),
  changed(
    'keyscale',
    fc.oneof(word, fc.integer()).map((keyscale) => ({ music: { keyscale } })),
  ),
  changed(
    'another field',
    fc.constantFrom(
      { music: 5 },
      { seed: -1 },
      { upscale: 'yes' },
      { optimize: 1 },
      { wm_scale: 5 },
      { wm_color: 'red' },
      { cs_title: 5 },
      { wm_margin: 5 },
    ),
  ),
  changed(
    'what is not allowed',
    fc.constantFrom(
      { scenes: [{ prompt: 'a lighthouse' }, { prompt: 'a nude woman' }] },
      { music: { lyrics: 'a beheading in close-up' } },
      { 'fx_sound.prompt': 'propaganda of terrorists' },
    ),
  ),
  calls('an optimiser that should launder', fc.constant([post({ action: 'optimize', prompt: 'a nude woman' })])),
  changed('a field twice', fc.constant({ music: { bpm: 90 }, 'music.bpm': 91 })),
  changed(
    'what is switched on',
    fc.constantFrom(
      { upscale: true },
      { interpolate: true },
      { 'music.enabled': true, music: { tags: 'calm piano' } },
      { wm_enabled: true, wm_text: 'x' },
      { cs_title: 'x' },
    ),
  ),
  calls(
    'no JSON',
    fc
      .oneof(
        fc.constantFrom('', '{', '{"a":}', 'undefined'),
        good.map((body) => JSON.stringify(body).slice(0, -1)),
      )
      .map((text) => [post(text)]),
  ),
  calls(
    'no object',
    fc
      .oneof(fc.array(fc.jsonValue()), fc.integer(), fc.string().map(String), fc.constant(null))
      .map((value) => [post(JSON.stringify(value))]),
  ),
  calls(
    'no action',
    fc.constantFrom({}, { action: null }, { action: '' }, { action: 5 }, { action: [] }).map((body) => [post(body)]),
  ),
  calls(
    'another action',
    word.filter((name) => !/^(models|generate|status|optimize|random)$/.test(name)).map((action) => [post({ action })]),
  ),
  calls(
    'action and path differ',
    fc.constantFrom('models', 'status').map((action) => [post({ action }, { url: '/api/v2/random' })]),
  ),
  calls(
    'no key',
    good.map((body) => [post(body, { key: 'none' }), post(body, { key: 'unknown' })]),
  ),
  calls(
    'another method',
    fc.tuple(otherMethod, fc.constantFrom('/api/v2', '/api/v2/', '/api/v2/generate')).map(([method, url]) => [{ method, url }]),
  ),
  calls(
    'another path',
    fc.constantFrom('/api/v2/a/b', '/api/v2/generate/x').map((url) => [post({ action: 'models' }, { url })]),
  ),
  calls(
    'a body too large',
    good.map((body) => [post(body, { headers: { 'content-length': String(101 * 1024 * 1024) } })]),
  ),
  calls(
    'another content type',
    fc
      .tuple(good, fc.constantFrom('text/plain', 'multipart/form-data; boundary=x', 'application/jsonx', ''))
      .map(([body, type]) => [post(body, { headers: { 'content-type': type } })]),
  ),
  calls(
    'an unknown job',
    fc.oneof(word, fc.stringMatching(/^run_[a-z0-9]{24}$/)).map((id) => [post({ action: 'status', id })]),
  ),
  calls(
    'no job',
    fc.constantFrom(undefined, '', ' ', 5, null).map((id) => [post({ action: 'status', id })]),
  ),
  calls(
    'nothing to optimise',
    fc.constantFrom(undefined, '', ' ', 5, '-x').map((text) => [post({ action: 'optimize', prompt: text })]),
  ),
  calls(
    'too much to optimise',
    tooLong.map((text) => [post({ action: 'optimize', prompt: text })]),
  ),
  calls(
    'another request under the same key',
    good.map((body) => [post({ ...body, seed: 1 }, idempotent('a')), post({ ...body, seed: 2 }, idempotent('a'))]),
  ),
  calls(
    'more jobs than an account may have',
    good.map((body) => Array.from({ length: activeJobsMax + 1 }, () => post(body))),
  ),
  calls(
    'a key that is none',
    good.map((body) => [post(body, idempotent(''))]),
  ),
];

const follow = (body: Body): Case => [
  post(body, idempotent('first')),
  post({ action: 'status', id: '{job}' }),
  post(body, idempotent('first')),
];
const goodCases: fc.Arbitrary<Case> = fc.oneof(
  { weight: 6, arbitrary: good.map(follow) },
  { weight: 1, arbitrary: fc.constant([post({ action: 'models' })]) },
  { weight: 1, arbitrary: prompt.map((text) => [post({ action: 'optimize', prompt: text })]) },
  { weight: 1, arbitrary: seed.map((drawn) => [post({ action: 'random', seed: drawn })]) },
);

/** Half of the cases are good, half have one thing wrong. `full` is a server that takes no more work, and whose workers make films and nothing else. */
export const makeKinds = (full: InProcessApp): readonly Kind[] => [
  { name: 'good', share: changes.length, cases: goodCases },
  ...changes,
  {
    ...changed(
      'what no worker of a server can do',
      fc.constantFrom({ upscale: true }, { music: { enabled: true } }, { 'fx_sound.enabled': true }),
    ),
    app: full,
  },
  { name: 'a full server', share: 1, cases: good.map((body) => [post(body)]), app: full },
];

const made = z.object({ id: z.string(), gen_id: z.string() });
export const jobOf = (body: unknown): string | null => made.safeParse(body).data?.id ?? null;
export const keyHeaders = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
