import fc from 'fast-check';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { z } from 'zod';
import type { InProcessApp } from '../start-app.ts';

/** One documented answer. */
export interface Row {
  readonly name: string;
  readonly status: number;
  readonly body: z.ZodType;
}

/** One call. `{job}` in its URL or text stands for the id of the case's newest job. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
  /** Default: the key of the case's own account. */
  readonly key?: 'own' | 'none' | 'unknown';
}

/** Calls of one fresh account, one after the other. */
export type Case = readonly Request[];

export interface Kind {
  readonly name: string;
  readonly cases: fc.Arbitrary<Case>;
  /** Of all kinds' shares. */
  readonly share: number;
  /** Another server than the others', e.g. a full one. */
  readonly app?: InProcessApp;
}

export interface Fuzz {
  readonly app: InProcessApp;
  readonly rows: readonly Row[];
  readonly kinds: readonly Kind[];
  readonly runs: number;
  /** Headers that carry the key. */
  keyHeaders(key: string): Record<string, string>;
  /** The job that an answer made, if any. */
  jobOf(body: unknown): string | null;
}

export const timesEachRow = 5;
/** Some cases of a kind may be told something else first. */
const minRunsOfKind = timesEachRow + 3;

/** Sends every case; throws for the first answer that no row documents. Answers how often each row was met. */
export async function runFuzz(fuzz: Fuzz): Promise<Map<string, number>> {
  const met = new Map(fuzz.rows.map(({ name }) => [name, 0]));
  const shares = fuzz.kinds.reduce((sum, { share }) => sum + share, 0);
  for (const { name, cases, share, app = fuzz.app } of fuzz.kinds)
    await fc.assert(
      fc.asyncProperty(cases, async (requests) => {
        for (const row of await sendCase({ ...fuzz, app }, name, requests)) met.set(row.name, (met.get(row.name) ?? 0) + 1);
      }),
      { numRuns: Math.max(minRunsOfKind, Math.round((fuzz.runs * share) / shares)) },
    );
  return met;
}

async function sendCase(fuzz: Fuzz, kind: string, requests: Case): Promise<Row[]> {
  const { key } = await fuzz.app.createAccount();
  const found: Row[] = [];
  let job: string | null = null;
  for (const request of requests) {
    const answer = await fuzz.app.app.inject(toInject(fuzz, request, { key, job }));
    const body = bodyOf(answer);
    const row = fuzz.rows.find(({ status, body: schema }) => status === answer.statusCode && schema.safeParse(body).success);
    if (!row)
      throw new Error(
        `${kind}: no row documents ${answer.statusCode} ${answer.body} as an answer to ${request.method} ${request.url}`,
      );
    found.push(row);
    job = fuzz.jobOf(body) ?? job;
  }
  return found;
}

function toInject(fuzz: Fuzz, request: Request, own: { key: string; job: string | null }): InjectOptions {
  const fill = (text: string): string => text.replaceAll('{job}', own.job ?? 'none');
  const keys = { own: own.key, unknown: 'vg_live_of_nobody', none: null };
  const key = keys[request.key ?? 'own'];
  return {
    method: request.method,
    url: fill(request.url),
    headers: { ...(key !== null && fuzz.keyHeaders(key)), ...request.headers },
    ...(request.payload !== undefined && {
      payload: typeof request.payload === 'string' ? fill(request.payload) : request.payload,
    }),
  };
}

function bodyOf(answer: LightMyRequestResponse): unknown {
  const body: unknown = answer.json();
  return body;
}

/** For people: each row and how often it was met. */
export const tableOf = (met: ReadonlyMap<string, number>, rows: readonly Row[]): string =>
  rows.map(({ name, status }) => `${String(met.get(name) ?? 0).padStart(6)}  ${status}  ${name}`).join('\n');
