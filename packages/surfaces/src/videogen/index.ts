import { defineSurface } from '../surface.ts';
import { answerError, authenticate } from './call.ts';
import { apiError, words } from './errors.ts';
import { register } from './plugin.ts';
import { settingsSchema } from './settings.ts';
import { webhook } from './webhook.ts';

const paths = /^\/v1(\/|$)/;
/** Methods by path, for those who come with another one. */
const routes: readonly (readonly [path: RegExp, methods: string])[] = [
  [/^\/v1\/tools\/executions$/, 'GET, HEAD'],
  [/^\/v1\/tools\/executions\/[^/]+$/, 'GET, HEAD'],
  [/^\/v1\/tools\/executions\/[^/]+\/cancel$/, 'POST'],
  [/^\/v1\/tools\/[a-z0-9-]+$/, 'POST'],
  [/^\/v1\/workflows\/runs(\/[^/]+)?$/, 'GET, HEAD'],
  [/^\/v1\/workflows\/runs\/[^/]+\/cancel$/, 'POST'],
  [/^\/v1\/workflows\/[a-z0-9-]+$/, 'POST'],
  [/^\/v1\/projects(\/[^/]+)?$/, 'GET, HEAD'],
  [/^\/v1\/projects\/[^/]+\/(export|remix|timeline-interchange)$/, 'POST'],
  [/^\/v1\/projects\/[^/]+\/(exports|exports\/[^/]+|remix-actions)$/, 'GET, HEAD'],
  [/^\/v1\/timeline-interchange\/[^/]+$/, 'GET, HEAD'],
  [/^\/v1\/files$/, 'GET, HEAD'],
  [/^\/v1\/files\/(search|upload)$/, 'POST'],
  [/^\/v1\/files\/[^/]+$/, 'GET, HEAD'],
  [/^\/v1\/files\/[^/]+\/(hydrate|archive|enable-public-preview|disable-public-preview)$/, 'POST'],
  [/^\/v1\/resources\/(tts-voices|avatar-presenters|languages)$/, 'GET, HEAD'],
  [/^\/v1\/webhooks\/endpoints$/, 'GET, HEAD, POST'],
  [/^\/v1\/webhooks\/endpoints\/[^/]+$/, 'DELETE'],
  [/^\/v1\/me$/, 'GET, HEAD'],
];

/** Tools, files and webhooks: pictures, clips, speech, sound and what is made from them. */
export const videogen = defineSurface({
  name: 'videogen',
  title: 'VideoGen REST API v1',
  settings: settingsSchema,
  owns: (path) => paths.test(path),
  register,
  async answerNotFound(request, reply, deps) {
    const path = request.url.split('?', 1)[0] ?? '';
    try {
      await authenticate(request, deps);
      const allowed = routes.find(([pattern]) => pattern.test(path))?.[1].split(', ');
      if (allowed && !allowed.includes(request.method)) {
        reply.header('Allow', allowed.join(', '));
        throw apiError(405, 'method_not_allowed', words.method);
      }
      throw apiError(404, 'not_found', words.noRoute);
    } catch (error) {
      return answerError(error, request, reply);
    }
  },
  webhook,
});
