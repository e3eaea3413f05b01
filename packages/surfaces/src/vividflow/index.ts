import { ApiError } from '../shared/api-error.ts';
import { defineSurface } from '../surface.ts';
import { answerError, authenticate } from './call.ts';
import { words } from './errors.ts';
import { register } from './plugin.ts';
import { settingsSchema } from './schemas.ts';

/** A dot in the first segment marks a method of another API on the same prefix. */
const paths = /^\/api\/v1(\/[^./]*(\/|$)|$)/;
/** A path that names a job, however badly. */
const jobPaths = /^\/api\/v1\/(status|cancel)\/[^/]*$/;
/** Methods by path, for those who come with another one. */
const routes: readonly (readonly [path: RegExp, methods: string])[] = [
  [/^\/api\/v1\/generate$/, 'POST'],
  [/^\/api\/v1\/cancel\/[^/]+$/, 'POST'],
  [/^\/api\/v1\/status\/[^/]+$/, 'GET, HEAD'],
  [/^\/api\/v1\/(history|usage|health)$/, 'GET, HEAD'],
];

/** A film from one picture and a prompt, with options of two models, and a monthly account of credits. */
export const vividflow = defineSurface({
  name: 'vividflow',
  title: 'Vivid Flow API v1.1',
  settings: settingsSchema,
  owns: (path) => paths.test(path),
  register,
  async answerNotFound(request, reply, deps, settings) {
    const path = request.url.split('?', 1)[0] ?? '';
    try {
      await authenticate(request, deps, settings);
      const allowed = routes.find(([pattern]) => pattern.test(path))?.[1].split(', ');
      if (allowed && !allowed.includes(request.method)) {
        reply.header('Allow', allowed.join(', '));
        throw new ApiError(405, words.method);
      }
      throw new ApiError(404, jobPaths.test(path) ? words.jobNotFound : words.noRoute);
    } catch (error) {
      return answerError(error, request, reply, deps);
    }
  },
  webhook: null,
});
