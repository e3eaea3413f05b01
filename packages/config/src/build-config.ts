import { isAbsolute, resolve } from 'node:path';
import type { BaseSettings, WorkerResource } from './base-settings.ts';
import { ConfigError } from './config-error.ts';
import { buildSafety, type ContentSafetyConfig } from './safety-settings.ts';
import type { SecretKeys } from './secrets.ts';

/** Where the truth lives. `embedded`: the start script brings up PostgreSQL, makes the secret key, and hands both to its children. */
export type Place =
  | { readonly mode: 'embedded'; readonly databaseUrl: null; readonly secretKeys: SecretKeys | null }
  | { readonly mode: 'full'; readonly databaseUrl: string; readonly secretKeys: SecretKeys };

export type ObjectsConfig =
  | { readonly adapter: 'fs'; readonly folder: string }
  | {
      readonly adapter: 's3';
      readonly endpoint: string | null;
      readonly publicEndpoint: string | null;
      readonly bucket: string;
      readonly region: string;
      /** Null: the SDK's own credential chain. */
      readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
      readonly forcePathStyle: boolean;
      readonly checksums: 'default' | 'when-required';
    };

export type RunnerConfig =
  | { readonly runner: 'cpu' }
  | {
      readonly runner: 'comfyui';
      readonly urls: readonly string[];
      readonly headers: Readonly<Record<string, string>>;
      readonly warmsUp: boolean;
      readonly allowNonCommercial: boolean;
    };

export interface ServiceConfig {
  readonly baseUrl: string;
  readonly model: string | null;
  readonly apiKey: string | null;
}

export type MailConfig =
  | { readonly mode: 'smtp'; readonly url: string; readonly from: string }
  | { readonly mode: 'file'; readonly folder: string; readonly from: string }
  | { readonly mode: 'off' };

interface Shared {
  readonly host: string;
  readonly port: number;
  /** No trailing slash. */
  readonly publicUrl: string;
  readonly mediaUrl: string | null;
  /** Fastify's `trustProxy`. */
  readonly trustProxy: false | number | readonly string[];
  readonly logLevel: BaseSettings['LOG_LEVEL'];
  readonly metricsToken: string | null;
  readonly workerHttpPort: number;
  readonly surfaces: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  readonly redisUrl: string | null;
  readonly objects: ObjectsConfig;
  readonly generation: RunnerConfig;
  readonly generationQuality: BaseSettings['GENERATION_QUALITY'];
  readonly comfyuiDir: string | null;
  readonly models: { readonly modelsDir: string; readonly host: { readonly baseUrl: string; readonly token: string | null } };
  readonly llm: ServiceConfig | null;
  readonly tts: ServiceConfig | null;
  /** The speech endpoint's voices. */
  readonly ttsVoices: Readonly<Record<'female' | 'male', string>>;
  readonly embeddings: ServiceConfig | null;
  readonly moderation: ServiceConfig | null;
  /** Null: content is not judged. */
  readonly safety: ContentSafetyConfig | null;
  readonly mail: MailConfig;
  readonly outboundAllow: readonly string[];
  readonly maxActiveJobsPerAccount: number;
  readonly maxQueuedSteps: number;
  readonly minFreeBytes: number;
  readonly sourceCacheBytes: number;
  /** Foreign model names and the models that stand in for them. */
  readonly timelineModelNames: ReadonlyMap<string, string>;
  readonly urlTtlSeconds: number;
  readonly uploadTtlSeconds: number;
  readonly maxUploadBytes: number;
  /** Null: for ever. */
  readonly retentionDays: number | null;
  readonly auditRetentionDays: number | null;
  readonly workerQueues: readonly WorkerResource[];
  readonly workerConcurrency: Readonly<Record<WorkerResource, number>>;
  readonly c2pa: { readonly certFile: string; readonly keyFile: string } | null;
  readonly c2paTsaUrl: string | null;
  readonly isC2paSigning: boolean;
  readonly c2paMaxBytes: number;
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  readonly flitePath: string;
  readonly espeakPath: string;
  readonly testScale: number;
  readonly requireAll: boolean;
}

export type Config = Shared & Place;
export type FullConfig = Shared & Extract<Place, { mode: 'full' }>;

/** What an api or worker process needs: both are only ever started against a database with a secret key. */
export function requireFullConfig<C extends Config>(config: C): C & FullConfig {
  if (isFull(config)) return config;
  throw new ConfigError([
    { name: 'DATABASE_URL', value: undefined, rule: 'must be given to a process that is not started by `npm start`' },
  ]);
}

function isFull<C extends Config>(config: C): config is C & FullConfig {
  return config.mode === 'full';
}

const ioStepsAtOnce = 8;

/** Typed values with their defaults between settings. `base` has passed every rule. */
export function buildConfig(base: BaseSettings, facts: { cores: number; knownSurfaces: readonly string[] }): Config {
  const dataDir = resolve(base.DATA_DIR);
  const shared: Shared = {
    host: base.HOST,
    port: base.PORT,
    publicUrl: base.PUBLIC_URL ?? `http://127.0.0.1:${base.PORT}`,
    mediaUrl: base.MEDIA_URL ?? null,
    trustProxy: base.TRUST_PROXY,
    logLevel: base.LOG_LEVEL,
    metricsToken: base.METRICS_TOKEN ?? null,
    workerHttpPort: base.WORKER_HTTP_PORT,
    surfaces: base.SURFACES ?? facts.knownSurfaces,
    dataDir,
    redisUrl: base.REDIS_URL ?? null,
    objects: buildObjects(base, dataDir),
    generation: buildRunner(base),
    generationQuality: base.GENERATION_QUALITY,
    comfyuiDir: base.COMFYUI_DIR ?? null,
    models: {
      modelsDir: base.MODELS_DIR === undefined ? resolve(dataDir, 'models') : resolve(base.MODELS_DIR),
      host: { baseUrl: base.MODELS_URL, token: base.MODELS_TOKEN ?? null },
    },
    llm: buildService(base.LLM_BASE_URL, base.LLM_MODEL, base.LLM_API_KEY),
    tts: buildService(base.TTS_BASE_URL, base.TTS_MODEL, base.TTS_API_KEY),
    ttsVoices: { female: base.TTS_VOICE_FEMALE, male: base.TTS_VOICE_MALE },
    embeddings: buildService(base.EMBEDDINGS_BASE_URL, base.EMBEDDINGS_MODEL, base.EMBEDDINGS_API_KEY),
    moderation: buildService(base.MODERATION_BASE_URL, base.MODERATION_MODEL, base.MODERATION_API_KEY),
    safety: buildSafety(base, buildService(base.MODERATION_BASE_URL, base.MODERATION_MODEL, base.MODERATION_API_KEY)),
    mail: buildMail(base, dataDir),
    outboundAllow: base.OUTBOUND_ALLOW,
    maxActiveJobsPerAccount: base.MAX_ACTIVE_JOBS_PER_ACCOUNT,
    maxQueuedSteps: base.MAX_QUEUED_STEPS,
    minFreeBytes: base.MIN_FREE_BYTES,
    sourceCacheBytes: base.SOURCE_CACHE_BYTES,
    timelineModelNames: new Map(base.TIMELINE_MODEL_NAMES),
    urlTtlSeconds: base.URL_TTL_SECONDS,
    uploadTtlSeconds: base.UPLOAD_TTL_SECONDS,
    maxUploadBytes: base.MAX_UPLOAD_BYTES,
    retentionDays: base.RETENTION_DAYS ?? null,
    auditRetentionDays: base.AUDIT_RETENTION_DAYS ?? null,
    workerQueues: base.WORKER_QUEUES,
    workerConcurrency: {
      gpu: base.WORKER_CONCURRENCY.gpu ?? Math.max(1, base.COMFYUI_URLS.length),
      cpu: base.WORKER_CONCURRENCY.cpu ?? Math.max(1, Math.floor(facts.cores / 2)),
      io: base.WORKER_CONCURRENCY.io ?? ioStepsAtOnce,
    },
    c2pa:
      base.C2PA_CERT_FILE === undefined || base.C2PA_KEY_FILE === undefined
        ? null
        : { certFile: resolve(base.C2PA_CERT_FILE), keyFile: resolve(base.C2PA_KEY_FILE) },
    c2paTsaUrl: base.C2PA_TSA_URL ?? null,
    isC2paSigning: base.C2PA_SIGN,
    c2paMaxBytes: base.C2PA_MAX_BYTES,
    ffmpegPath: resolveProgram(base.FFMPEG_PATH),
    ffprobePath: resolveProgram(base.FFPROBE_PATH),
    flitePath: resolveProgram(base.FLITE_PATH),
    espeakPath: resolveProgram(base.ESPEAK_NG_PATH),
    testScale: base.TEST_SCALE,
    requireAll: base.REQUIRE_ALL,
  };
  return { ...shared, ...buildPlace(base) };
}

function buildPlace(base: BaseSettings): Place {
  const secretKeys = base.SECRET_KEY === undefined ? null : { current: base.SECRET_KEY, previous: base.SECRET_KEY_PREVIOUS };
  if (base.DATABASE_URL === undefined) return { mode: 'embedded', databaseUrl: null, secretKeys };
  if (secretKeys === null)
    throw new ConfigError([{ name: 'SECRET_KEY', value: undefined, rule: 'must be given with DATABASE_URL' }]);
  return { mode: 'full', databaseUrl: base.DATABASE_URL, secretKeys };
}

function buildObjects(base: BaseSettings, dataDir: string): ObjectsConfig {
  if (base.S3_BUCKET === undefined) return { adapter: 'fs', folder: resolve(dataDir, 'objects') };
  return {
    adapter: 's3',
    endpoint: base.S3_ENDPOINT ?? null,
    publicEndpoint: base.S3_PUBLIC_ENDPOINT ?? null,
    bucket: base.S3_BUCKET,
    region: base.S3_REGION,
    credentials:
      base.S3_ACCESS_KEY_ID === undefined || base.S3_SECRET_ACCESS_KEY === undefined
        ? null
        : { accessKeyId: base.S3_ACCESS_KEY_ID, secretAccessKey: base.S3_SECRET_ACCESS_KEY },
    forcePathStyle: base.S3_FORCE_PATH_STYLE,
    checksums: base.S3_CHECKSUMS,
  };
}

function buildRunner(base: BaseSettings): RunnerConfig {
  const runner = base.RUNNER ?? (base.COMFYUI_URLS.length > 0 ? 'comfyui' : 'cpu');
  if (runner === 'cpu') return { runner };
  return {
    ...{ runner, urls: base.COMFYUI_URLS, headers: base.COMFYUI_HEADERS },
    ...{ warmsUp: base.COMFYUI_WARM_UP, allowNonCommercial: base.COMFYUI_ALLOW_NON_COMMERCIAL },
  };
}

function buildService(baseUrl: string | undefined, model: string | undefined, apiKey: string | undefined): ServiceConfig | null {
  return baseUrl === undefined ? null : { baseUrl, model: model ?? null, apiKey: apiKey ?? null };
}

function buildMail(base: BaseSettings, dataDir: string): MailConfig {
  const mode = base.MAIL_MODE ?? (base.SMTP_URL === undefined ? 'file' : 'smtp');
  if (mode === 'off') return { mode };
  if (mode === 'smtp' && base.SMTP_URL !== undefined) return { mode, url: base.SMTP_URL, from: base.MAIL_FROM };
  return { mode: 'file', folder: resolve(dataDir, 'mail'), from: base.MAIL_FROM };
}

/** A bare name is looked up in PATH when it is run; anything with a slash is a file. */
function resolveProgram(path: string): string {
  return path.includes('/') && !isAbsolute(path) ? resolve(path) : path;
}
