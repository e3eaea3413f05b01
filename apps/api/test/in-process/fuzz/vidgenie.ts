import fc from 'fast-check';
import { z } from 'zod';
import type { Case, Kind, Request, Row } from './run-fuzz.ts';

const detail = z.strictObject({ path: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() });
const fault = (status: number, code: string, hasDetails = false): Row => ({
  name: code,
  status,
  body: z.strictObject({
    error: z.strictObject({
      ...{ code: z.literal(code), message: z.string().min(1) },
      ...(hasDetails && { details: z.array(detail).min(1) }),
    }),
    request_id: z.string().min(1),
  }),
});
const answer = (name: string, shape: z.ZodRawShape): Row => ({
  name,
  status: 200,
  body: z.strictObject({ data: z.looseObject(shape), request_id: z.string().min(1) }),
});

const status = z.enum(['queued', 'fetching', 'generating', 'rendering', 'saving', 'done', 'failed', 'cancelled']);
const render = z.looseObject({ id: z.string(), status, progress: z.int(), warnings: z.array(z.unknown()) });
const paged = { next_cursor: z.string().nullable(), has_more: z.boolean() };

/** Every answer that the contract documents and this server can give to a key, with limits off and no worker. */
export const rows: readonly Row[] = [
  answer('one render', { id: z.string(), status, url: z.null(), render }),
  answer('renders', { renders: z.array(render), ...paged }),
  answer('a dry run', { valid: z.boolean(), errors: z.array(detail), warnings: z.array(detail) }),
  answer('one template', { id: z.string(), template: z.looseObject({ version: z.int() }) }),
  answer('templates', { templates: z.array(z.unknown()), ...paged }),
  answer('one webhook', { id: z.string(), webhook: z.looseObject({ url: z.string() }) }),
  answer('webhooks', { webhooks: z.array(z.unknown()), ...paged }),
  answer('one asset', { id: z.string(), asset: z.looseObject({ status: z.string() }) }),
  answer('assets', { assets: z.array(z.unknown()), ...paged }),
  answer('sent', { sent: z.literal(true) }),
  answer('deleted', { id: z.string(), deleted: z.literal(true) }),
  fault(400, 'invalid_json'),
  fault(400, 'invalid_request', true),
  fault(400, 'invalid_timeline', true),
  fault(400, 'missing_merge_fields', true),
  fault(400, 'invalid_cursor'),
  fault(400, 'invalid_token'),
  fault(401, 'unauthenticated'),
  fault(401, 'invalid_api_key'),
  fault(401, 'invalid_access_token'),
  fault(401, 'invalid_credentials'),
  fault(403, 'wrong_credential_type'),
  fault(404, 'unknown_method'),
  fault(404, 'render_not_found'),
  fault(404, 'template_not_found'),
  fault(404, 'webhook_not_found'),
  fault(404, 'delivery_not_found'),
  fault(404, 'asset_not_found'),
  fault(405, 'method_not_allowed'),
  fault(409, 'not_cancellable'),
  fault(409, 'render_active'),
  fault(409, 'idempotency_conflict'),
  fault(413, 'payload_too_large'),
  fault(415, 'unsupported_media_type'),
];

export const keyHeaders = (key: string): Record<string, string> => ({ 'x-api-key': key });
const made = z.object({ data: z.object({ id: z.string().startsWith('rnd_') }) });
export const jobOf = (body: unknown): string | null => made.safeParse(body).data?.data.id ?? null;

const post = (method: string, input: unknown, more: Partial<Request> = {}): Request => ({
  ...{ method: 'POST', url: `/api/v1/${method}`, headers: { 'content-type': 'application/json' } },
  payload: JSON.stringify(input),
  ...more,
});

const edit = { timeline: { tracks: [] }, output: { format: 'mp4', resolution: '1080p', fps: 30 } };
const names = [
  ...['render.create', 'render.get', 'render.list', 'render.cancel', 'render.retry', 'render.delete', 'render.validate'],
  ...['template.create', 'template.get', 'template.list', 'template.update', 'template.delete', 'template.render'],
  ...['template.render_batch', 'webhook.create', 'webhook.list', 'webhook.get', 'webhook.update', 'webhook.delete'],
  ...['webhook.rotate_secret', 'webhook.test', 'webhook.deliveries', 'webhook.redeliver', 'asset.upload', 'asset.get'],
  ...['asset.list', 'asset.delete', 'account.get', 'account.update', 'apikey.create', 'apikey.list', 'audit.list'],
];
const users = ['account.get', 'account.logout', 'account.delete', 'apikey.create', 'apikey.rotate', 'audit.list'];
const unknownIds = ['x', 'rnd_0', `rnd_${'0'.repeat(26)}`, '../..', "'; DROP TABLE jobs", '\u0000', '😀'];

/** A value of any shape, now and then a near miss. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(edit.timeline, edit.output, 0, -1, 1e9, '', 'a'.repeat(300), null, [], {}, ...unknownIds),
);
const keys = [
  ...['id', 'timeline', 'output', 'template_id', 'template_version', 'merge', 'values', 'callback', 'metadata', 'priority'],
  ...['limit', 'cursor', 'status', 'wait', 'include', 'url', 'events', 'secret', 'name', 'items', 'strict', 'on_missing'],
  ...['delivery_id', 'dialect', 'dry_run', 'idempotency_key', 'version', 'type', 'size_bytes', 'nonsense'],
];
const anyInput = fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 5 });
const nearEdit = fc
  .tuple(fc.constantFrom('timeline', 'output'), fc.string({ maxLength: 12 }), anything)
  .map(([part, key, value]) => ({ ...edit, [part]: { ...(part === 'timeline' ? edit.timeline : edit.output), [key]: value } }));

const one = (name: string, share: number, cases: fc.Arbitrary<Case>): Kind => ({ name, share, cases });
const always = (name: string, ...requests: Case): Kind => one(name, 1, fc.constant(requests));
const template = { name: 'x', timeline: { background: '{{ C }}', tracks: [] }, output: edit.output };

export const kinds: readonly Kind[] = [
  one(
    'any method, any input',
    30,
    fc.array(
      fc.tuple(fc.constantFrom(...names), anyInput).map(([name, input]) => post(name, input)),
      { minLength: 1, maxLength: 4 },
    ),
  ),
  one(
    'an edit with a slip',
    20,
    nearEdit.map((input) => [post('render.create', input), post('render.validate', input)]),
  ),
  one(
    'ids that are none',
    5,
    fc
      .tuple(
        fc.constantFrom(...names.filter((name) => /\.(get|cancel|retry|delete|test|deliveries)$/.test(name))),
        fc.constantFrom(...unknownIds),
      )
      .map(([name, id]) => [post(name, { id })]),
  ),
  always(
    'renders',
    post('render.create', edit),
    post('render.get', { id: '{job}' }),
    post('render.list', {}),
    post('render.delete', { id: '{job}' }),
    post('render.cancel', { id: '{job}' }),
    post('render.cancel', { id: '{job}' }),
    post('render.delete', { id: '{job}' }),
  ),
  always('a dry run', post('render.create', { ...edit, dry_run: true })),
  always(
    'a repeated key',
    post('render.create', { ...edit, idempotency_key: 'k' }),
    post('render.create', { ...edit, idempotency_key: 'k', priority: 1 }),
  ),
  always('a missing value', post('render.create', { ...edit, timeline: template.timeline })),
  always('templates', post('template.create', template), post('template.list', {}), post('template.render', { id: 'tpl_x' })),
  always(
    'webhooks',
    post('webhook.create', { url: 'https://hooks.example.com/' }),
    post('webhook.list', {}),
    post('webhook.test', { id: 'whk_x' }),
    post('webhook.redeliver', { delivery_id: 'dlv_x' }),
  ),
  always('assets', post('asset.upload', { name: 'x' }), post('asset.list', {}), post('asset.get', { id: 'ast_x' })),
  always('a cursor of nobody', post('render.list', { cursor: 'x' }), post('template.list', { cursor: 'x' })),
  always(
    'public methods',
    post('account.verify_email', { token: 'x' }),
    post('account.resend_verification', { email: 'a@example.com' }),
  ),
  // Of many: ten failures close a name for a while.
  one(
    'a wrong password',
    1,
    fc.uuid().map((name) => [post('account.login', { username: name, password: 'x' }, { key: 'none' })]),
  ),
  one(
    'a key where a person is asked for',
    2,
    fc.constantFrom(...users).map((name) => [post(name, {})]),
  ),
  one(
    'no key',
    2,
    fc.constantFrom(...names).map((name) => [post(name, {}, { key: 'none' })]),
  ),
  one(
    'an unknown key',
    2,
    fc.constantFrom(...names).map((name) => [post(name, {}, { key: 'unknown' })]),
  ),
  always('a render of nobody', post('render.get', { id: 'rnd_x' })),
  always('an unknown token', post('account.get', {}, { key: 'none', headers: { authorization: 'Bearer vg_at_x' } })),
  one(
    'another verb',
    2,
    fc.constantFrom('PUT' as const, 'DELETE' as const, 'PATCH' as const).map((method) => [
      { method, url: '/api/v1/render.create' },
      { method: 'GET', url: '/api/v1/render.create' },
    ]),
  ),
  one(
    'no method',
    2,
    fc.constantFrom('render.made', 'a.b', '..a', 'x.y.z', 'render.create.').map((name) => [post(name, {})]),
  ),
  one(
    'no JSON',
    2,
    fc.constantFrom('{', '{"a":}', 'x', '\u0000', '{"timeline":').map((payload) => [post('render.create', {}, { payload })]),
  ),
  always('another type', post('render.create', edit, { headers: { 'content-type': 'text/plain' } })),
  always('a large body', post('render.create', {}, { payload: `{"x":"${'y'.repeat(10_500_000)}"}` })),
];
