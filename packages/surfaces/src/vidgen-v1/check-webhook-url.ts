import { ApiError } from '../shared/api-error.ts';
import { words } from './errors.ts';

const lengthMax = 2048;

/**
 * Null for an absent or empty one. Throws 400 for everything but an https URL without credentials and without a literal private
 * address in any spelling. Names are resolved and checked when the hook is sent.
 */
export function checkWebhookUrl(text: string | null, isForbiddenHost: (hostname: string) => boolean): string | null {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return null;
  if (trimmed.length > lengthMax || !isCleanHttpsUrl(trimmed) || isForbiddenHost(new URL(trimmed).hostname))
    throw new ApiError(400, words.webhookUrl);
  return trimmed;
}

/** "Must start with https://": the document's words; the URL parser alone would also take `HTTPS:/host` and inner line breaks. */
function isCleanHttpsUrl(text: string): boolean {
  if (!/^https:\/\/\S+$/.test(text) || text.includes('\u0000') || !text.isWellFormed() || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.hostname !== '';
}
