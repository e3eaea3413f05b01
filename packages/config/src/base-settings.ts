import { isIP } from 'node:net';
import {
  choiceSetting,
  choicesSetting,
  integerSetting,
  listSetting,
  numberSetting,
  parseUrl,
  setting,
  sizeSetting,
  switchSetting,
  textSetting,
  urlSetting,
} from '@polyreel/core/settings';
import { z } from 'zod';
import { safetySettings } from './safety-settings.ts';
import { parseSecretKey } from './secrets.ts';

/** Names that edits of other renderers hold. */
const defaultModelNames = [
  ...['nano-banana=z-image-turbo', 'nano-banana-2=z-image-turbo', 'flux-schnell=z-image-turbo'],
  ...['seedance-2.0-text-to-video=wan22', 'seedance-2.0-image-to-video=wan22'],
  ...['elevenlabs-tts=speech', 'elevenlabs-music=ace-step', 'elevenlabs-sfx=sound-effects'],
];
const splitPair = (pair: string): readonly [string, string] => {
  const [name = '', model = ''] = pair.split('=');
  return [name, model];
};

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const workerResources = ['gpu', 'cpu', 'io'] as const;
export type WorkerResource = (typeof workerResources)[number];

const gibibyte = 2 ** 30;
const filePath = (description: string) => textSetting({ description, rule: 'a path', pattern: /^[^\0]+$/ });
const httpUrl = (description: string) => urlSetting({ description, protocols: ['http', 'https'] });
const secretText = (description: string) =>
  textSetting({ description, isSecret: true, rule: 'text without line breaks', pattern: /^[^\r\n\0]+$/ });
const secretKeyRule = '32 random bytes as base64url (43 characters)';

/** `host:port` (brackets around IPv6), or an address with a prefix length. */
function parseOutboundEntry(text: string): string | undefined {
  const cidr = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text);
  if (cidr !== null) {
    const family = isIP(cidr[1] ?? '');
    return family !== 0 && Number(cidr[2]) <= (family === 4 ? 32 : 128) ? text.toLowerCase() : undefined;
  }
  const host = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?):(\d{1,5})$/i.exec(text);
  const port = Number(host?.[3] ?? 0);
  if (host === null || port < 1 || port > 65_535) return undefined;
  const bracketed = host[1]?.startsWith('[') ? host[1].slice(1, -1) : undefined;
  return bracketed !== undefined && isIP(bracketed) !== 6 ? undefined : text.toLowerCase();
}

const proxyWords: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

function parseTrustProxy(text: string): false | number | string[] | undefined {
  if (['off', 'false', 'no'].includes(text)) return false;
  if (/^\d{1,2}$/.test(text)) return Number(text) === 0 ? false : Number(text);
  const items = text.split(',').map((item) => item.trim());
  return items.every((item) => proxyWords.includes(item) || isIP(item) !== 0 || isCidr(item)) ? items : undefined;
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  const family = isIP(address);
  return rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

function parseHeaders(text: string): Record<string, string> | undefined {
  const parsed = z
    .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/))
    .safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is one more way to break the rule; the caller reports it by the setting's name.
    return undefined;
  }
}

/** How many steps run at once: `2` for every resource, or `gpu=1,cpu=2,io=8` for some of them. */
function parseConcurrency(text: string): Partial<Record<WorkerResource, number>> | undefined {
  if (/^\d{1,3}$/.test(text) && Number(text) > 0) return { gpu: Number(text), cpu: Number(text), io: Number(text) };
  const limits: Partial<Record<WorkerResource, number>> = {};
  for (const item of text.split(',')) {
    const match = /^(\w+)=(\d{1,3})$/.exec(item.trim());
    const resource = workerResources.find((name) => name === match?.[1]);
    if (resource === undefined || limits[resource] !== undefined || Number(match?.[2]) < 1) return undefined;
    limits[resource] = Number(match?.[2]);
  }
  return limits;
}

/** Every setting of the server itself, under the names fixed in the architecture. Surfaces bring their own. */
export const baseSettings = {
  PORT: integerSetting({
    description: 'Port of the api. 0 takes any free port and needs `PUBLIC_URL`.',
    min: 0,
    max: 65_535,
  }).default(8080),
  HOST: textSetting({
    description: 'Address the api listens on; `0.0.0.0` in the container image.',
    rule: 'an address or host name',
    pattern: /^[\w.:%-]+$/,
  }).default('127.0.0.1'),
  PUBLIC_URL: urlSetting({
    description: 'Base of every absolute link; never taken from the Host header. Must be given with `DATABASE_URL`.',
    protocols: ['http', 'https'],
    defaultText: 'http://127.0.0.1:PORT',
  }).optional(),
  MEDIA_URL: httpUrl(
    'A second host name of this server for links to files, so that foreign bytes never share an origin with the console.',
  ).optional(),
  SECRET_KEY: setting(
    {
      description:
        'Root of every derived key: links, cookies, watermark, sealed secrets. Must be given with `DATABASE_URL`; else made once in `DATA_DIR/secret-key`.',
      rule: secretKeyRule,
      isSecret: true,
    },
    parseSecretKey,
  ).optional(),
  SECRET_KEY_PREVIOUS: listSetting(
    { description: 'Older secret keys: they verify and decrypt only.', rule: secretKeyRule, isSecret: true },
    parseSecretKey,
  ).default([]),
  TRUST_PROXY: setting(
    {
      description: 'Whose `X-Forwarded-*` headers are believed: nobody, that many proxies in front, or these addresses.',
      rule: `off, a number of proxies, or a comma list of addresses, CIDRs, ${proxyWords.join(', ')}`,
    },
    parseTrustProxy,
  ).default(false),
  LOG_LEVEL: choiceSetting({ description: 'Least severe log line that is written.', values: logLevels }).default('info'),
  METRICS_TOKEN: secretText('Bearer token of `/metrics`. Unset: `/metrics` answers loopback only.').optional(),
  WORKER_HTTP_PORT: integerSetting({
    description: "Port of a worker's `/healthz`, `/readyz`, `/metrics`.",
    min: 0,
    max: 65_535,
  }).default(8081),
  SURFACES: listSetting({ description: 'Surfaces that are served.', rule: 'surface names', defaultText: 'all' }, (item) =>
    /^[a-z0-9-]+$/.test(item) ? item : undefined,
  ).optional(),

  DATA_DIR: filePath(
    'Folder of everything the server keeps on disk: `postgres/`, `objects/`, `mail/`, `scratch/`, `c2pa/`, key files.',
  ).default('.data'),
  DATABASE_URL: urlSetting({
    description: 'PostgreSQL to use. Unset: an embedded PostgreSQL under `DATA_DIR`.',
    protocols: ['postgres', 'postgresql'],
    allowQuery: true,
    defaultText: 'embedded',
  }).optional(),
  REDIS_URL: urlSetting({
    description: 'Redis or Valkey for wake-ups and counters. Unset: both live in PostgreSQL.',
    protocols: ['redis', 'rediss'],
    allowQuery: true,
    defaultText: 'PostgreSQL',
  }).optional(),

  S3_ENDPOINT: httpUrl(
    "S3 server; unset with `S3_BUCKET`: Amazon's own. Without any `S3_` setting objects are files under `DATA_DIR`.",
  ).optional(),
  S3_PUBLIC_ENDPOINT: httpUrl(
    'Host put into presigned links, when clients reach S3 by another name than the workers do.',
  ).optional(),
  S3_BUCKET: textSetting({
    description: 'Bucket of all objects.',
    rule: 'a bucket name',
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/,
  }).optional(),
  S3_REGION: textSetting({ description: 'Region in signatures.', rule: 'a region name', pattern: /^[\w-]+$/ }).default(
    'us-east-1',
  ),
  S3_ACCESS_KEY_ID: secretText(
    "Access key; with `S3_SECRET_ACCESS_KEY`. Both unset: the SDK's own chain (instance roles).",
  ).optional(),
  S3_SECRET_ACCESS_KEY: secretText('Secret of the access key.').optional(),
  S3_FORCE_PATH_STYLE: switchSetting({
    description: 'Bucket in the path instead of the host name; most servers but Amazon want it.',
  }).default(true),
  S3_CHECKSUMS: choiceSetting({
    description:
      'Checksums the SDK adds: its default, or only where the protocol requires one (for servers that refuse the newer ones).',
    values: ['default', 'when-required'],
  }).default('default'),

  RUNNER: choiceSetting({
    description: 'Who makes pictures: real models through ComfyUI, or the CPU reference renderer.',
    values: ['cpu', 'comfyui'],
    defaultText: '`comfyui` if `COMFYUI_URLS` is set, else `cpu`',
  }).optional(),
  COMFYUI_URLS: listSetting({ description: 'ComfyUI servers.', rule: 'http:// or https:// URLs' }, (item) =>
    parseUrl(item, ['http', 'https']),
  ).default([]),
  COMFYUI_HEADERS: setting(
    { description: 'Headers sent with every ComfyUI request.', rule: 'a JSON object of header names and values', isSecret: true },
    parseHeaders,
  ).default({}),
  COMFYUI_WARM_UP: switchSetting({
    description: 'A ComfyUI server that comes up makes a small film first, so that its models are loaded when a job comes.',
  }).default(true),
  COMFYUI_ALLOW_NON_COMMERCIAL: switchSetting({
    description: 'Weights whose licence forbids commercial use (MMAudio) are used where a ComfyUI server has them.',
  }).default(false),
  COMFYUI_DIR: filePath('A ComfyUI checkout for the real-server tests.').optional(),
  MODELS_DIR: filePath(
    'Where `polyreel models` puts the files of ComfyUI: its folder `models`. Unset: `DATA_DIR/models`.',
  ).optional(),
  MODELS_URL: httpUrl('Host of the model files, or a mirror with the same paths.').default('https://huggingface.co'),
  MODELS_TOKEN: secretText('Sent to that host, where it asks who fetches.').optional(),
  GENERATION_QUALITY: choiceSetting({
    description: 'Speed against quality of generative steps.',
    values: ['auto', 'fast', 'best'],
  }).default('auto'),

  LLM_BASE_URL: httpUrl('OpenAI-style chat endpoint, up to and with `/v1`.').optional(),
  LLM_MODEL: textSetting({ description: 'Model of the chat endpoint.' }).optional(),
  LLM_API_KEY: secretText('Key of the chat endpoint.').optional(),
  TTS_BASE_URL: httpUrl('OpenAI-style speech endpoint. Unset: espeak-ng or flite.').optional(),
  TTS_MODEL: textSetting({ description: 'Model of the speech endpoint.' }).optional(),
  TTS_API_KEY: secretText('Key of the speech endpoint.').optional(),
  TTS_VOICE_FEMALE: textSetting({ description: "The speech endpoint's voice for women." }).default('nova'),
  TTS_VOICE_MALE: textSetting({ description: "The speech endpoint's voice for men." }).default('onyx'),
  EMBEDDINGS_BASE_URL: httpUrl('OpenAI-style embeddings endpoint.').optional(),
  EMBEDDINGS_MODEL: textSetting({ description: 'Model of the embeddings endpoint.' }).optional(),
  EMBEDDINGS_API_KEY: secretText('Key of the embeddings endpoint.').optional(),
  MODERATION_BASE_URL: httpUrl('OpenAI-style moderation endpoint.').optional(),
  MODERATION_MODEL: textSetting({ description: "Model of the moderation endpoint; unset: the endpoint's own." }).optional(),
  MODERATION_API_KEY: secretText('Key of the moderation endpoint.').optional(),
  ...safetySettings,

  SMTP_URL: urlSetting({
    description: 'Mail server, `smtp://user:password@host:587`.',
    protocols: ['smtp', 'smtps'],
    allowQuery: true,
  }).optional(),
  MAIL_FROM: textSetting({ description: 'Sender of mail.', rule: 'a mail address', pattern: /^[^\r\n]*@[^\r\n]*$/ }).default(
    'Polyreel <polyreel@localhost>',
  ),
  MAIL_MODE: choiceSetting({
    description: '`file`: each mail is a file in `DATA_DIR/mail`. `off`: accounts start active.',
    values: ['smtp', 'file', 'off'],
    defaultText: '`smtp` if `SMTP_URL` is set, else `file`',
  }).optional(),
  OUTBOUND_ALLOW: listSetting(
    {
      description: 'Exempt from the guard against private addresses. It relaxes no documented rule of a surface.',
      rule: 'host:port and CIDR entries',
      defaultText: 'none',
    },
    parseOutboundEntry,
  ).default([]),

  MAX_ACTIVE_JOBS_PER_ACCOUNT: integerSetting({
    description: "Queued and running jobs of one account; beyond: the surface's own 429.",
    min: 1,
    max: 1_000_000,
  }).default(100),
  MAX_QUEUED_STEPS: integerSetting({
    description: 'Steps waiting in the whole server; beyond: 503 or 429 with `Retry-After`.',
    min: 1,
    max: 10_000_000,
  }).default(10_000),
  MIN_FREE_BYTES: sizeSetting({ description: 'Free disk space below which submits and uploads answer 503.' }).default(
    2 * gibibyte,
  ),
  SOURCE_CACHE_BYTES: sizeSetting({
    description:
      'Room of a worker for files behind addresses in timelines, so that they need not be fetched again; 0: none are kept.',
  }).default(5 * gibibyte),
  TIMELINE_MODEL_NAMES: listSetting(
    {
      description:
        "Other makers' model names in timelines, and the model of this server that stands in for each; its use is told by a warning.",
      rule: 'name=model pairs',
      defaultText: defaultModelNames.join(','),
    },
    (item) => {
      const [name, model, ...rest] = item.split('=').map((part) => part.trim());
      return name && model && rest.length === 0 ? ([name, model] as const) : undefined;
    },
  ).default(defaultModelNames.map((pair) => splitPair(pair))),
  URL_TTL_SECONDS: integerSetting({
    description: 'Life of links to results, in seconds; at most 7 days, the most S3 signatures allow.',
    min: 60,
    max: 604_800,
  }).default(604_800),
  UPLOAD_TTL_SECONDS: integerSetting({
    description: 'Time in which the bytes of an upload must begin to come, in seconds.',
    min: 60,
    max: 604_800,
  }).default(3600),
  MAX_UPLOAD_BYTES: sizeSetting({
    description: 'Largest file that is taken at an upload link.',
    minBytes: 1024,
  }).default(5 * 1024 ** 3),
  RETENTION_DAYS: integerSetting({
    description: 'Finished jobs and their files go after so many days.',
    min: 1,
    max: 36_500,
    defaultText: 'kept for ever',
  }).optional(),
  AUDIT_RETENTION_DAYS: integerSetting({
    description: 'Audit months wholly older than this go.',
    min: 31,
    max: 36_500,
    defaultText: 'kept for ever',
  }).optional(),
  WORKER_QUEUES: choicesSetting({ description: 'Resources whose steps this worker takes.', values: workerResources }).default([
    ...workerResources,
  ]),
  WORKER_CONCURRENCY: setting(
    {
      description: 'Steps at once.',
      rule: 'a number from 1 to 999, or some of gpu=N,cpu=N,io=N',
      defaultText: 'gpu: one for each of `COMFYUI_URLS`; cpu: half the cores; io: 8',
    },
    parseConcurrency,
  ).default({}),

  C2PA_CERT_FILE: filePath("Operator's certificate chain (PEM), with `C2PA_KEY_FILE`.").optional(),
  C2PA_KEY_FILE: filePath('Private key (PEM, PKCS#8) of the certificate.').optional(),
  C2PA_TSA_URL: httpUrl(
    'Time stamp authority (RFC 3161). Where it cannot be reached, films are signed without a time, and say so.',
  ).optional(),
  C2PA_SIGN: switchSetting({
    description:
      'Films of surfaces that publish with provenance are signed; off: they carry no manifest, and the answers say so.',
  }).default(true),
  C2PA_MAX_BYTES: sizeSetting({
    description: 'Larger films keep their bytes, and their manifest is an object of its own beside them.',
    minBytes: 0,
    maxBytes: 400_000_000,
  }).default(200_000_000),
  FFMPEG_PATH: filePath('ffmpeg program.').default('ffmpeg'),
  FFPROBE_PATH: filePath('ffprobe program.').default('ffprobe'),
  FLITE_PATH: filePath('flite program, which speaks English.').default('flite'),
  ESPEAK_NG_PATH: filePath('espeak-ng program, which speaks the other languages.').default('espeak-ng'),
  TEST_SCALE: numberSetting({ description: 'Tests: share of the full number of cases.', min: 0, max: 1 }).default(0.05),
  REQUIRE_ALL: switchSetting({ description: 'Tests: a skipped test is a failure.' }).default(false),
};

export const baseSettingsSchema = z.object(baseSettings);
export type BaseSettings = z.infer<typeof baseSettingsSchema>;
