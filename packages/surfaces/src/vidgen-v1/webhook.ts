import type { WebhookDialect } from '../surface.ts';
import { toStatusBody } from './from-job.ts';

/** The body is the status answer; the signature is the bare lower-case hex HMAC that the document's sample verifies. */
export const webhook: WebhookDialect = { scheme: 'bare-hex', body: toStatusBody };
