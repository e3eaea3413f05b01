import { isIP } from 'node:net';
import { ApiError, words } from './errors.ts';

const maxLength = 2048;

/** Null for an absent or empty one. Throws 400 for everything but an https URL without credentials. */
export function checkWebhookUrl(text: string | null, isForbiddenHost: (hostname: string) => boolean): string | null {
  if (text === null || text.trim() === '') return null;
  const refuse = (): never => {
    throw new ApiError(400, words.webhookUrl);
  };
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : refuse();
  if (text.length > maxLength || url.protocol !== 'https:' || !text.trim().startsWith('https://')) refuse();
  if (url.username !== '' || url.password !== '') refuse();
  if (url.hostname === '' || (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 && isForbiddenHost(url.host))) refuse();
  if (isForbiddenHost(url.host)) refuse();
  return text.trim();
}
