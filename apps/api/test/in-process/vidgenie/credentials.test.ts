import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { methods } from '@polyreel/surfaces/vidgenie/methods';
import { type Credential, emptyTimeline, faultSchema, type Genie, startGenie } from './genie.ts';

let genie: Genie;
let person: Awaited<ReturnType<Genie['signUp']>>;
beforeAll(async () => {
  genie = await startGenie();
  person = await genie.signUp();
});
afterAll(() => genie.stop());

const keySchema = z.looseObject({
  api_key: z.looseObject({
    id: z.string(),
    prefix: z.string(),
    plaintext: z.string().optional(),
    expires_at: z.string().nullable(),
  }),
});
const listSchema = z.strictObject({
  api_keys: z.array(z.looseObject({ id: z.string(), name: z.string(), revoked_at: z.string().nullable() })),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});

/** What a method says to a credential, told by its code; `passed`: the call came to the input or further. */
async function verdict(name: string, credential: Credential): Promise<string> {
  const { body } = await genie.ask(name, { nonsense: true }, credential);
  const { code } = faultSchema.parse(body).error;
  return code === 'invalid_request' ? 'passed' : code;
}

describe('the matrix of credentials', () => {
  /** As the contract has it, row by row. */
  const table = [
    {
      noun: 'account',
      verbs: ['register', 'verify_email', 'resend_verification', 'login', 'request_password_reset', 'reset_password'],
      cells: { none: 'passed', token: 'passed', key: 'passed' },
    },
    {
      noun: 'account',
      verbs: ['get', 'update', 'change_password', 'logout', 'delete'],
      cells: { none: 'unauthenticated', token: 'passed', key: 'wrong_credential_type' },
    },
    {
      noun: 'apikey',
      verbs: ['create', 'list', 'revoke', 'rotate'],
      cells: { none: 'unauthenticated', token: 'passed', key: 'wrong_credential_type' },
    },
    { noun: 'audit', verbs: ['list'], cells: { none: 'unauthenticated', token: 'passed', key: 'wrong_credential_type' } },
    {
      noun: 'webhook',
      verbs: ['create', 'list', 'get', 'update', 'delete', 'rotate_secret', 'test', 'deliveries', 'redeliver'],
      cells: { none: 'unauthenticated', token: 'passed', key: 'passed' },
    },
    {
      noun: 'render',
      verbs: ['create', 'get', 'list', 'cancel', 'retry', 'delete', 'validate'],
      cells: { none: 'unauthenticated', token: 'passed', key: 'passed' },
    },
    {
      noun: 'template',
      verbs: ['create', 'get', 'list', 'update', 'delete', 'render', 'render_batch'],
      cells: { none: 'unauthenticated', token: 'passed', key: 'passed' },
    },
    {
      noun: 'asset',
      verbs: ['upload', 'list', 'get', 'delete'],
      cells: { none: 'unauthenticated', token: 'passed', key: 'passed' },
    },
  ];
  const rows = table.flatMap(({ noun, verbs, cells }) => verbs.map((verb) => [`${noun}.${verb}`, cells] as const));

  it.each(rows)('%s', async (name, expected) => {
    const found = {
      none: await verdict(name, null),
      token: await verdict(name, { token: person.token }),
      key: await verdict(name, { key: person.key }),
    };
    expect(found).toEqual(expected);
  });

  it('has a row for every method that there is', () => {
    expect(methods.map(({ name }) => name).toSorted()).toEqual(rows.map(([name]) => name).toSorted());
  });

  it('lets the key decide on renders and the token elsewhere, where both come; takes a key in the place of the token', async () => {
    const both = (name: string, key: string, token: string) =>
      genie.ask(name, { nonsense: true }, null, { 'x-api-key': key, authorization: `Bearer ${token}` });
    expect(await both('render.list', 'vg_live_bad', person.token)).toMatchObject({
      body: { error: { code: 'invalid_api_key' } },
    });
    expect(await both('render.list', person.key, 'vg_at_bad')).toMatchObject({ body: { error: { code: 'invalid_request' } } });
    expect(await both('apikey.list', 'vg_live_bad', person.token)).toMatchObject({
      body: { error: { code: 'invalid_request' } },
    });
    expect(await both('apikey.list', person.key, 'vg_at_bad')).toMatchObject({
      body: { error: { code: 'invalid_access_token' } },
    });
    expect(await verdict('render.list', { token: person.key })).toBe('passed');
    expect(await verdict('apikey.list', { token: person.key })).toBe('wrong_credential_type');
    // One made by an operator is as good.
    const { key } = await genie.createAccount();
    expect(await verdict('render.list', { key })).toBe('passed');
  });
});

describe('transport', () => {
  it('reads may come by GET; other verbs, unknown methods, bodies that are no JSON are told so', async () => {
    const inject = (method: 'GET' | 'PUT' | 'POST', url: string, payload?: string, type = 'application/json') =>
      genie.app.inject({
        ...{ method, url: `/api/v1/${url}`, headers: { 'x-api-key': person.key, 'content-type': type } },
        ...(payload !== undefined && { payload }),
      });
    const codeOf = (answer: { statusCode: number; json(): unknown }) => [
      answer.statusCode,
      faultSchema.parse(answer.json()).error.code,
    ];
    expect((await inject('GET', 'render.list?limit=5&metadata=%7B%22a%22%3A1%7D')).statusCode).toBe(200);
    expect(codeOf(await inject('GET', 'render.list?limit=5&limit=6'))).toEqual([400, 'invalid_request']);
    expect(codeOf(await inject('GET', 'render.list?limit=x'))).toEqual([400, 'invalid_request']);
    expect(codeOf(await inject('GET', 'render.create'))).toEqual([405, 'method_not_allowed']);
    expect(codeOf(await inject('PUT', 'render.get'))).toEqual([405, 'method_not_allowed']);
    expect(codeOf(await inject('POST', 'render.made_up'))).toEqual([404, 'unknown_method']);
    expect(codeOf(await inject('POST', 'render.list', '{'))).toEqual([400, 'invalid_json']);
    expect(codeOf(await inject('POST', 'render.list', '[]'))).toEqual([400, 'invalid_request']);
    expect(codeOf(await inject('POST', 'render.list', 'a=b', 'application/x-www-form-urlencoded'))).toEqual([
      415,
      'unsupported_media_type',
    ]);
    const large = `{"x":"${'y'.repeat(10 * 1024 * 1024)}"}`;
    expect(codeOf(await inject('POST', 'render.create', large))).toEqual([413, 'payload_too_large']);
    expect((await inject('POST', 'render.list', '')).statusCode).toBe(200);
  });

  it('is limited per key and per address', async () => {
    const slow = await startGenie({ env: { VIDGENIE_RATE_LIMITS: 'all=2/1h,public=1/1h,register=off' } });
    try {
      const { key } = await slow.createAccount();
      for (const status of [200, 200, 429]) expect((await slow.ask('render.list', {}, { key })).status).toBe(status);
      const login = () => slow.ask('account.login', { username: 'x', password: 'y' });
      expect((await login()).status).toBe(401);
      const limited = await login();
      expect(limited).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
      expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await slow.stop();
    }
  });
});

describe('keys', () => {
  it('are shown once, listed without their text, and dead after they are revoked, however often', async () => {
    const credential = { token: person.token };
    const created = await genie.call(keySchema, 'apikey.create', { name: 'server' }, credential);
    const { id, plaintext = '', prefix } = created.api_key;
    expect(plaintext).toMatch(/^vg_live_\w{43}$/);
    expect(plaintext.startsWith(prefix)).toBe(true);
    expect(prefix).toHaveLength(12);
    const listed = await genie.call(listSchema, 'apikey.list', {}, credential);
    expect(JSON.stringify(listed)).not.toContain(plaintext);
    expect(listed.api_keys.map(({ name }) => name)).toEqual(['server', 'laptop']);
    expect((await genie.ask('render.list', {}, { key: plaintext })).status).toBe(200);
    const first = await genie.call(keySchema, 'apikey.revoke', { id }, credential);
    expect(await genie.call(keySchema, 'apikey.revoke', { id }, credential)).toEqual(first);
    expect(await genie.refusal('render.list', {}, { key: plaintext })).toEqual([401, 'invalid_api_key']);
    const stranger = await genie.signUp();
    expect(await genie.refusal('apikey.revoke', { id }, { token: stranger.token })).toEqual([404, 'api_key_not_found']);
    expect(await genie.refusal('apikey.create', { name: 'x', expires_at: '2020-01-01T00:00:00Z' }, credential)).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it('are rotated with a time in which both work', async () => {
    const credential = { token: person.token };
    const { api_key: old } = await genie.call(keySchema, 'apikey.create', { name: 'turning' }, credential);
    const { api_key: fresh } = await genie.call(keySchema, 'apikey.rotate', { id: old.id }, credential);
    for (const key of [old.plaintext, fresh.plaintext])
      expect((await genie.ask('render.list', {}, { key: key ?? '' })).status).toBe(200);
    await genie.call(keySchema, 'apikey.rotate', { id: fresh.id, grace_seconds: 0 }, credential);
    expect(await genie.refusal('render.list', {}, { key: fresh.plaintext ?? '' })).toEqual([401, 'invalid_api_key']);
    expect(await genie.refusal('apikey.rotate', { id: fresh.id }, credential)).toEqual([409, 'key_not_live']);
  });
});

describe('the audit', () => {
  const entriesSchema = z.strictObject({
    entries: z.array(
      z.strictObject({
        ...{ id: z.string(), at: z.iso.datetime(), surface: z.string(), action: z.string(), target: z.string().nullable() },
        ...{ ip: z.string(), user_agent: z.string().nullable(), status: z.int(), request_id: z.string() },
        actor: z.strictObject({
          ...{ account_id: z.string(), credential: z.enum(['api_key', 'access_token']) },
          ...{ key_id: z.string().nullable(), key_name: z.string().nullable() },
        }),
      }),
    ),
    next_cursor: z.string().nullable(),
    has_more: z.boolean(),
  });
  const list = (token: string, input: object = {}) =>
    genie.call(entriesSchema, 'audit.list', { limit: 100, ...input }, { token });

  it('has one row for every authenticated call: changes, reads and refusals, with who, what and whence', async () => {
    const caller = await genie.signUp();
    const made = await genie.call(z.looseObject({ id: z.string() }), 'render.create', emptyTimeline, { key: caller.key });
    await genie.ask('render.get', { id: made.id }, { key: caller.key });
    await genie.ask('render.get', { id: 'rnd_unknown' }, { key: caller.key });
    await genie.ask('render.create', { timeline: 1 }, { key: caller.key });
    await genie.ask('apikey.list', {}, { key: caller.key });
    await genie.ask('render.list', {}, null);
    await genie.ask('render.list', {}, { key: 'vg_live_bad' });
    const { entries } = await list(caller.token);
    expect(entries.map(({ action, status, target }) => [action, status, target]).toReversed()).toEqual([
      ['apikey.create', 200, expect.stringMatching(/^key_/)],
      ['render.create', 200, made.id],
      ['render.get', 200, made.id],
      ['render.get', 404, 'rnd_unknown'],
      ['render.create', 400, null],
      ['apikey.list', 403, null],
    ]);
    expect(entries[1]?.actor).toMatchObject({ account_id: caller.accountId, credential: 'api_key', key_name: 'laptop' });
    expect((await list(caller.token, { action: 'render.get' })).entries).toHaveLength(2);
    expect((await list(caller.token, { actor: 'access_token', action: 'apikey.create' })).entries).toHaveLength(1);
    expect(await genie.refusal('audit.list', { cursor: 'bad' }, { token: caller.token })).toEqual([400, 'invalid_cursor']);
  });

  it('has one row for a batch, about its template, and keeps nothing that is no id where an id is asked for', async () => {
    const caller = await genie.signUp();
    const credential = { key: caller.key };
    const template = await genie.call(
      z.looseObject({ id: z.string() }),
      'template.create',
      { name: 'x', timeline: { tracks: [] }, output: emptyTimeline.output },
      credential,
    );
    await genie.ask('template.render_batch', { id: template.id, items: [{}, {}, {}] }, credential);
    for (const name of ['render.get', 'asset.get', 'webhook.get']) await genie.ask(name, { id: caller.key }, credential);
    await genie.ask('render.list', {}, credential, { 'user-agent': `curl -H x-api-key:${caller.key}` });
    const { entries } = await list(caller.token);
    expect(
      entries
        .map(({ action, status, target }) => [action, status, target])
        .toReversed()
        .slice(2),
    ).toEqual([
      ['template.render_batch', 200, template.id],
      ['render.get', 404, null],
      ['asset.get', 404, null],
      ['webhook.get', 404, null],
      ['render.list', 200, null],
    ]);
    expect(JSON.stringify(entries)).not.toContain(caller.key);
  });

  it('has one row for uploads and deletions of assets, and for a change whose mail does not go out', async () => {
    const caller = await genie.signUp();
    const { id } = await genie.call(z.looseObject({ id: z.string() }), 'asset.upload', { name: 'x' }, { key: caller.key });
    await genie.ask('asset.delete', { id }, { key: caller.key });
    await genie.ask('asset.delete', { id }, { key: caller.key });
    const folder = path.join(genie.dataDir, 'mail');
    await rename(folder, `${folder}-away`);
    await writeFile(folder, 'no folder');
    const lost = await genie.ask('account.update', { email: 'lost@example.com' }, { token: caller.token });
    await rm(folder);
    await rename(`${folder}-away`, folder);
    expect(lost.status).toBe(503);
    const { entries } = await list(caller.token);
    expect(
      entries
        .map(({ action, status, target }) => [action, status, target])
        .toReversed()
        .slice(1),
    ).toEqual([
      ['asset.upload', 200, id],
      ['asset.delete', 200, id],
      ['asset.delete', 404, id],
      ['account.update', 200, caller.accountId],
    ]);
  });

  it('loses none of many calls at once, and is listed to its last page', { timeout: 1_200_000 }, async () => {
    const caller = await genie.signUp();
    const calls = scaled(10_000);
    for (let sent = 0; sent < calls; sent += 50)
      await Promise.all(
        Array.from({ length: Math.min(50, calls - sent) }, (_, index) =>
          index % 2 === 0
            ? genie.ask('template.create', { name: 'x', timeline: { tracks: [] } }, { key: caller.key })
            : genie.ask('render.get', { id: 'rnd_unknown' }, { key: caller.key }),
        ),
      );
    const rows = async () =>
      z
        .array(z.strictObject({ count: z.int() }))
        .parse(
          (
            await genie.database.pool.query(
              `SELECT count(*)::int AS count FROM audit_entries WHERE account_id = $1 AND action IN ('template.create', 'render.get')`,
              [caller.accountId],
            )
          ).rows,
        )[0]?.count;
    expect(await rows()).toBe(calls);
    const seen = new Set<string>();
    for (let cursor: string | null = null; ; ) {
      const page: z.infer<typeof entriesSchema> = await list(caller.token, cursor === null ? {} : { cursor });
      for (const { id, action } of page.entries) if (action !== 'audit.list' && action !== 'apikey.create') seen.add(id);
      cursor = page.next_cursor;
      if (cursor === null) break;
    }
    expect(seen.size).toBe(calls);
  });
});
