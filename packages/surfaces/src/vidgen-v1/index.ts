import { defineSurface } from '../surface.ts';
import { ApiError, words } from './errors.ts';
import { answerError, authenticate, limitRate, register } from './plugin.ts';
import { settingsSchema } from './schemas.ts';
import { webhook } from './webhook.ts';

const paths = /^\/api\/(health|jobs|status)(\/|$)/;

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
      throw new ApiError(404, words.noRoute);
    } catch (error) {
      return answerError(error, request, reply);
    }
  },
  webhook,
});
