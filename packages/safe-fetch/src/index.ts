export { isForbiddenHostLiteral, isPublicAddress, normaliseHost } from './address-rules.ts';
export { type Download, type DownloadOptions, downloadToFile, readBody } from './download-to-file.ts';
export { type FetchFaultCode, fetchFaultCodes } from './errors.ts';
export { createGuardedAgents, type GuardedAgents } from './guarded-agents.ts';
export type { ResolvedAddress, ResolveHost } from './guarded-connect.ts';
export { parseOutboundAllow } from './outbound-allow.ts';
export {
  checkUrl,
  createSafeFetch,
  type SafeFetch,
  type SafeFetchOptions,
  type SafeResponse,
  type WebProtocol,
} from './safe-fetch.ts';
