import { defineSurface } from '../surface.ts';
import { answerNotFound, register } from './plugin.ts';
import { settingsSchema } from './schemas.ts';
import { webhook } from './webhook.ts';

/** A dot in the last segment marks a method; all else below the prefix belongs to another API. */
const paths = /^\/api\/v1\/[^/]*\.[^/]*$/;

/** Films cut from timelines by methods such as `render.create`, with accounts, keys, templates and webhooks. */
export const vidgenie = defineSurface({
  name: 'vidgenie',
  title: 'VidGenie-API v0.0.2',
  settings: settingsSchema,
  owns: (path) => paths.test(path),
  register,
  answerNotFound,
  webhook,
  writesAudit: true,
});
