import { ApiError } from '../shared/api-error.ts';
import { defineSurface } from '../surface.ts';
import { answerError, authenticate } from './call.ts';
import { words } from './errors.ts';
import { register } from './plugin.ts';
import { settingsSchema } from './schemas.ts';

const paths = /^\/api\/v2(\/|$)/;
/** Paths with a route; methods that the framework does not know end up here all the same. */
const routed = /^\/api\/v2(\/[^/]*)?$/;

/** Films of one to a few scenes from prompts and frames. */
export const vidgenV2 = defineSurface({
  name: 'vidgen-v2',
  title: 'Vidgen API v2',
  settings: settingsSchema,
  owns: (path) => paths.test(path),
  register,
  async answerNotFound(request, reply, deps) {
    try {
      if (request.method !== 'POST' && routed.test(request.url.split('?', 1)[0] ?? '')) throw new ApiError(405, words.method);
      await authenticate(request, deps);
      throw new ApiError(404, words.noRoute);
    } catch (error) {
      return answerError(error, request, reply, null);
    }
  },
  webhook: null,
});
