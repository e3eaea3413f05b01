import { type Config, ConfigError, parseSecretKey, readOrMakeSecretKey, type SecretKeys } from '@polyreel/config';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@polyreel/db/embedded';

export interface Place {
  readonly databaseUrl: string;
  /** Null: DATABASE_URL names the database. */
  readonly embedded: EmbeddedPostgres | null;
  /** What api and worker need beside the settings the operator gave: after this both modes look alike to them. */
  readonly env: Readonly<Record<string, string>>;
}

/** The database and the secret key: as given, or those of DATA_DIR, started and made when there are none. */
export async function openPlace(config: Config, log: (line: string) => void): Promise<Place> {
  if (config.mode === 'full') return { databaseUrl: config.databaseUrl, embedded: null, env: {} };
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  return { databaseUrl: embedded.url, embedded, env: await embeddedEnv(config, embedded.url) };
}

/** The settings that turn an embedded server's DATA_DIR into what a process of the full mode is given. */
export async function embeddedEnv(config: Config, databaseUrl: string): Promise<Record<string, string>> {
  const secretKey = Buffer.from((await readSecretKeys(config)).current).toString('base64url');
  return { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey, PUBLIC_URL: config.publicUrl, HOST: config.host };
}

/** As given, else the key of `DATA_DIR/secret-key`, made when there is none. */
export async function readSecretKeys(config: Config): Promise<SecretKeys> {
  if (config.secretKeys !== null) return config.secretKeys;
  const current = parseSecretKey(await readOrMakeSecretKey(config.dataDir));
  if (current === undefined) throw new ConfigError([{ name: 'SECRET_KEY', value: undefined, rule: 'is malformed' }]);
  return { current, previous: [] };
}
