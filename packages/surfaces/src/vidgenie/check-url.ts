import type { SurfaceDeps } from '../surface.ts';
import { type Detail, invalidRequest } from './errors.ts';

type Deps = Pick<SurfaceDeps, 'isForbiddenHost'>;

/** Throws 400 for what `findUrlFault` finds. */
export function checkHttpsUrl(text: string, path: string, deps: Deps): string {
  const found = findUrlFault(text, path, deps);
  if (found !== null) throw invalidRequest([found]);
  return text.trim();
}

/**
 * A fault of everything but an https URL without credentials and without a literal private address in any spelling. Names are resolved
 * and checked when something is sent.
 */
export function findUrlFault(text: string, path: string, deps: Deps): Detail | null {
  const trimmed = text.trim();
  const faultOf = (message: string): Detail => ({ path, code: 'invalid_url', message });
  if (trimmed.length > 2048 || !/^https:\/\/\S+$/.test(trimmed) || !trimmed.isWellFormed() || !URL.canParse(trimmed))
    return faultOf('must be an https:// URL of at most 2048 characters');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') return faultOf('must not hold a user name or a password');
  return deps.isForbiddenHost(url.hostname) ? faultOf('must not name a private address') : null;
}
