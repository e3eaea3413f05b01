import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type InProcessApp, startApp } from './start-app.ts';

let app: InProcessApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

/** What an unknown caller may see, and what it gets. */
const publicRoutes: readonly { readonly pattern: RegExp; readonly status: number; readonly why: string }[] = [
  { pattern: /^(GET|HEAD) \/(healthz|readyz)$/, status: 200, why: 'for load balancers' },
  { pattern: /^(GET|HEAD) \/metrics$/, status: 200, why: 'to this machine alone, without a token' },
  { pattern: /^(GET|HEAD) \/files\/\*$/, status: 403, why: 'the link is the permission' },
  { pattern: /^(GET|HEAD) \/share\/:token$/, status: 404, why: 'the link is the permission' },
  { pattern: /^PUT \/uploads\/\*$/, status: 403, why: 'the link is the permission' },
  { pattern: /^OPTIONS \/uploads\/\*$/, status: 204, why: 'browsers ask first' },
  { pattern: /^(GET|HEAD) \/hls\/:token\/index\.m3u8$/, status: 403, why: 'the link is the permission' },
  { pattern: /^(GET|HEAD) \/public\/:id\/:name$/, status: 404, why: 'what its owner made public' },
  { pattern: /^(GET|HEAD) \/embed\/:id$/, status: 404, why: 'what its owner made public' },
  { pattern: /^(GET|HEAD) \/embed\/player\.js$/, status: 200, why: 'a program of ours' },
  { pattern: /^(GET|HEAD) \/v1\/presenters\/:id\/:file$/, status: 400, why: 'pictures that are the same for everybody' },
  { pattern: /^(GET|HEAD) \/api\/health$/, status: 200, why: 'documented as public' },
  { pattern: /^(GET|HEAD) \/api\/v1\/health$/, status: 200, why: 'documented as public' },
  {
    pattern: /^POST \/api\/v1\/account\.(register|verify_email|resend_verification|login|request_password_reset|reset_password)$/,
    status: 400,
    why: 'who has no key yet begins here',
  },
  { pattern: /^(?!POST )\w[\w-]* \/api\/v2(\/:action)?$/, status: 405, why: 'the document puts the method before the key' },
];

/** The words of whoever owns the path: without a key, and with one that nobody has. First match wins. */
const refusals: readonly { readonly path: RegExp; readonly missing: string; readonly unknown: string }[] = [
  { path: /^\/v1\//, missing: 'missing_api_key', unknown: 'invalid_api_key' },
  { path: /^\/(jobs\/|verify$)/, missing: 'Unauthorized', unknown: 'Unauthorized' },
  { path: /^\/api\/v2(\/|$)/, missing: 'Unauthorized', unknown: 'Unauthorized' },
  { path: /^\/api\/v1\/[^/]*\./, missing: 'unauthenticated', unknown: 'invalid_api_key' },
  { path: /^\/api\/v1\//, missing: 'API key is missing', unknown: 'Invalid API key' },
  { path: /^\/api\//, missing: 'Missing X-API-Key header', unknown: 'Invalid or inactive API key' },
];

const errorBody = z.union([
  z.looseObject({ error: z.union([z.string(), z.looseObject({ code: z.string() }).transform(({ code }) => code)]) }),
  z.looseObject({ message: z.string(), code: z.string() }).transform(({ code }) => ({ error: code })),
]);
const pathOf = (url: string): string => url.replace(/:\w+/g, 'x1').replace('*', 'x1') || '/';

it('every route answers 401 in its own words without a key, or is on the public list', async () => {
  await app.app.ready();
  expect(app.routes.length).toBeGreaterThan(10);
  const isPublic = (route: { method: string; url: string }) =>
    publicRoutes.find(({ pattern }) => pattern.test(`${route.method} ${route.url}`));
  for (const route of app.routes) {
    const known = isPublic(route);
    const call = async (headers: Record<string, string>) => {
      const answer = await app.app.inject({ method: route.method, url: pathOf(route.url), headers });
      return { status: answer.statusCode, body: answer.body };
    };
    const name = `${route.method} ${route.url}`;
    const plain = await call({});
    if (known) {
      expect(plain.status, `${name}: ${known.why}`).toBe(known.status);
      continue;
    }
    const words = refusals.find(({ path }) => path.test(route.url));
    if (!words) throw new Error(`${name} is on no list: say how it refuses, or why it is public`);
    // A HEAD has the status alone.
    const read = (body: string) => (route.method === 'HEAD' ? null : errorBody.parse(JSON.parse(body)).error);
    const told = (expected: string) => (route.method === 'HEAD' ? null : expected);
    expect([plain.status, read(plain.body)], name).toEqual([401, told(words.missing)]);
    const stranger = await call({ 'x-api-key': 'vg_live_of_nobody' });
    expect([stranger.status, read(stranger.body)], name).toEqual([401, told(words.unknown)]);
  }
});

it('every entry of the public list is there for a route', () => {
  const names = app.routes.map(({ method, url }) => `${method} ${url}`);
  expect(publicRoutes.filter(({ pattern }) => !names.some((name) => pattern.test(name)))).toEqual([]);
});
