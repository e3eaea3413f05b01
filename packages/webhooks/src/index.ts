export { type AccountSecrets, type AccountSecretsDeps, createAccountSecrets, webhookSecretContext } from './account-secrets.ts';
export { classifyResponse, parseRetryAfter, type ResponseClass } from './classify-response.ts';
export { type DeliverInput, deliver, type DeliveryOutcome, deliveryTimeoutMs, type SafeFetch } from './deliver.ts';
export { DeliveryLoop, type DeliveryLoopOptions, type PreparedDelivery } from './delivery-loop.ts';
export { type DeliverySchedule, deliverySchedule, nextAttemptAt, retryAfterSecondsMax } from './schedule.ts';
export { generateWebhookSecret, readSecretBytes } from './secrets.ts';
export {
  type SignatureInput,
  type SigningScheme,
  type SigningSchemeName,
  signingSchemes,
  signMessage,
} from './signing-schemes.ts';
export * from './endpoint-secrets.ts';
