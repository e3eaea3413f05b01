import type { SurfaceDeps } from '../surface.ts';
import { invalidRequest } from './errors.ts';

/**
 * Throws 400 for everything but an https URL without credentials and without a literal private address in any spelling. Names are resolved
 * and checked when something is sent.
 */
export function checkHttpsUrl(text: string, path: string, deps: Pick<SurfaceDeps, 'isForbiddenHost'>): string {
  const trimmed = text.trim();
  const refuse = (message: string) => invalidRequest([{ path, code: 'invalid_url', message }]);
  if (trimmed.length > 2048 || !/^https:\/\/\S+$/.test(trimmed) || !trimmed.isWellFormed() || !URL.canParse(trimmed))
    throw refuse('must be an https:// URL of at most 2048 characters');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') throw refuse('must not hold a user name or a password');
  if (deps.isForbiddenHost(url.hostname)) throw refuse('must not name a private address');
  return trimmed;
}
