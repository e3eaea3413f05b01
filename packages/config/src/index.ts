export { logLevels, workerResources, type WorkerResource } from './base-settings.ts';
export {
  type Config,
  type FullConfig,
  type MailConfig,
  type ObjectsConfig,
  requireFullConfig,
  type RunnerConfig,
  type ServiceConfig,
} from './build-config.ts';
export { ConfigError, type ConfigFault } from './config-error.ts';
export { describeSettings, renderSettingsPage, type SettingDescription } from './describe-settings.ts';
export { type LoadedConfig, loadConfig, loadProcessConfig, type LoadOptions, type SurfaceSchemas } from './load-config.ts';
export type { ContentSafetyConfig } from './safety-settings.ts';
export { readOrMakeSecretKey } from './secret-key-file.ts';
export {
  deriveKey,
  deriveKeys,
  generateSecretKey,
  isSealedWithPreviousKey,
  openSecret,
  parseSecretKey,
  type SealOptions,
  type SecretKeys,
  sealSecret,
  secretKeyBytes,
} from './secrets.ts';
