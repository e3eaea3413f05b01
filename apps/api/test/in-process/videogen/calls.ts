import type { InProcessApp } from '../start-app.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';

/** Calls of one account. */
export interface Caller {
  readonly accountId: string;
  call(method: Method, url: string, body?: unknown): Promise<{ status: number; body: unknown; headers: Record<string, unknown> }>;
}

export async function createCaller(app: InProcessApp): Promise<Caller> {
  const { key, accountId } = await app.createAccount();
  return {
    accountId,
    async call(method, url, body) {
      const answer = await app.app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const parsed: unknown = answer.body === '' ? null : answer.json();
      return { status: answer.statusCode, body: parsed, headers: answer.headers };
    },
  };
}
