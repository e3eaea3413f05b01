import { ApiError } from '../shared/api-error.ts';
import { defineSurface } from '../surface.ts';
import { answerError, authenticate, limitRate } from './call.ts';
import { words } from './errors.ts';
import { register } from './plugin.ts';
import { settingsSchema } from './schemas.ts';
import { webhook } from './webhook.ts';

const paths = /^\/api\/(health|jobs|status)(\/|$)/;
/** A path that names a job, however badly. */
const jobPaths = /^\/api\/(jobs|status)\/[^/]+$/;

/** A talking video from one picture and one voice. */
export const vidgenV1 = defineSurface({
  name: 'vidgen-v1',
  title: 'VidGen API v1',
  settings: settingsSchema,
  owns: (path) => paths.test(path),
  register,
  async answerNotFound(request, reply, deps, settings) {
    try {
      await limitRate(request, reply, deps, settings);
      await authenticate(request, deps);
      throw new ApiError(404, jobPaths.test(request.url.split('?', 1)[0] ?? '') ? words.notFound : words.noRoute);
    } catch (error) {
      return answerError(error, request, reply);
    }
  },
  webhook,
});
