import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, type InProcessOptions, startApp } from '../start-app.ts';

export const faultSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    details: z
      .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() }))
      .optional(),
  }),
  request_id: z.string(),
});

const dataSchema = z.strictObject({ data: z.record(z.string(), z.unknown()), request_id: z.string() });

export type Credential = { readonly key: string } | { readonly token: string } | null;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export interface Genie extends InProcessApp {
  readonly dataDir: string;
  /** Any answer. */
  ask(method: string, input?: unknown, credential?: Credential, headers?: Record<string, string>): Promise<Answer>;
  /** `data` of a 200. */
  call<T>(schema: z.ZodType<T>, method: string, input?: unknown, credential?: Credential): Promise<T>;
  /** Status and code of a refusal. */
  refusal(method: string, input?: unknown, credential?: Credential): Promise<readonly [status: number, code: string]>;
  /** The newest token mailed to an address. */
  mailedToken(email: string): Promise<string>;
  /** A verified person with an access token and a key. */
  signUp(): Promise<{ username: string; email: string; accountId: string; token: string; key: string }>;
}

export const password = 'correct horse battery staple';
let people = 0;

const keySchema = z.looseObject({ api_key: z.looseObject({ id: z.string(), plaintext: z.string() }) });
const loginSchema = z.looseObject({ access_token: z.string(), account: z.looseObject({ id: z.string() }) });

/** The gateway with this API, over a real PostgreSQL. */
export async function startGenie(options: InProcessOptions = {}): Promise<Genie> {
  const app = await startApp(options);
  const { dataDir } = app;
  const ask: Genie['ask'] = async (method, input, credential = null, headers = {}) => {
    const answer = await app.app.inject({
      method: 'POST',
      url: `/api/v1/${method}`,
      headers: { 'content-type': 'application/json', ...headersOf(credential), ...headers },
      payload: JSON.stringify(input ?? {}),
    });
    const body: unknown = answer.json();
    return { status: answer.statusCode, headers: answer.headers, body };
  };
  const call: Genie['call'] = async (schema, method, input, credential) => {
    const { status, body } = await ask(method, input, credential);
    expect(status, `${method}: ${JSON.stringify(body)}`).toBe(200);
    return schema.parse(dataSchema.parse(body).data);
  };
  const mailedToken = async (email: string): Promise<string> => {
    const folder = path.join(dataDir, 'mail');
    for (const name of (await readdir(folder)).toSorted().toReversed()) {
      const text = await readFile(path.join(folder, name), 'utf8');
      const token = /^(vg_(?:ev|pr)_\w+)$/m.exec(text)?.[1];
      if (text.toLowerCase().includes(`to: ${email.toLowerCase()}`) && token !== undefined) return token;
    }
    throw new Error(`no mail to ${email}`);
  };
  return {
    ...app,
    dataDir,
    ask,
    call,
    mailedToken,
    async refusal(method, input, credential) {
      const { status, body } = await ask(method, input, credential);
      return [status, faultSchema.parse(body).error.code];
    },
    async signUp() {
      people += 1;
      const username = `person${people}`;
      const email = `${username}@example.com`;
      await call(z.unknown(), 'account.register', { username, email, password });
      await call(z.unknown(), 'account.verify_email', { token: await mailedToken(email) });
      const login = await call(loginSchema, 'account.login', { username, password });
      const minted = await call(keySchema, 'apikey.create', { name: 'laptop' }, { token: login.access_token });
      return { username, email, accountId: login.account.id, token: login.access_token, key: minted.api_key.plaintext };
    },
  };
}

const headersOf = (credential: Credential): Record<string, string> => {
  if (credential === null) return {};
  return 'key' in credential ? { 'x-api-key': credential.key } : { authorization: `Bearer ${credential.token}` };
};

export const emptyTimeline = { timeline: { tracks: [] }, output: { format: 'mp4', resolution: '1080p', fps: 30 } };
