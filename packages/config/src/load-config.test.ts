import { durationSetting, integerSetting, rateLimitsSetting } from '@polyreel/core/settings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, generateSecretKey, loadConfig, requireFullConfig } from './index.ts';

const surfaces = {
  'alpha-v1': z.object({
    ALPHA_V1_MAX_SCENES: integerSetting({ description: 'Scenes.', min: 1, max: 12 }).default(5),
    ALPHA_V1_RATE_LIMITS: rateLimitsSetting({
      description: 'Limits.',
      defaults: { all: { limit: 600, windowSeconds: 60 }, submit: { limit: 30, windowSeconds: 60 } },
    }),
  }),
  beta: z.object({
    BETA_EMAIL_VERIFICATION_TTL: durationSetting({ description: 'Life.', minSeconds: 60, maxSeconds: 1e6 }).default(3600),
    BETA_RATE_LIMITS: rateLimitsSetting({ description: 'Limits.', defaults: { all: null } }),
  }),
};
const load = (env: Record<string, string> = {}, argv: string[] = []) => loadConfig(env, argv, surfaces, { cores: 4 });
function faultsOf(env: Record<string, string>, argv: string[] = []) {
  try {
    load(env, argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
const secretKey = generateSecretKey();
const full = {
  DATABASE_URL: 'postgres://app:hunter2@db:5432/polyreel',
  SECRET_KEY: secretKey,
  PUBLIC_URL: 'https://video.example/',
};

describe('loadConfig', () => {
  it('runs with nothing set: embedded database, files, CPU runner, loopback', () => {
    const config = load();
    expect(config).toMatchObject({
      mode: 'embedded',
      databaseUrl: null,
      secretKeys: null,
      host: '127.0.0.1',
      port: 8080,
      publicUrl: 'http://127.0.0.1:8080',
      trustProxy: false,
      logLevel: 'info',
      workerHttpPort: 8081,
      surfaces: ['alpha-v1', 'beta'],
      redisUrl: null,
      generation: { runner: 'cpu' },
      generationQuality: 'auto',
      outboundAllow: [],
      maxActiveJobsPerAccount: 100,
      maxQueuedSteps: 10_000,
      minFreeBytes: 2 * 2 ** 30,
      sourceCacheBytes: 5 * 2 ** 30,
      urlTtlSeconds: 604_800,
      retentionDays: null,
      workerQueues: ['gpu', 'cpu', 'io'],
      workerConcurrency: { gpu: 1, cpu: 2, io: 8 },
      testScale: 0.05,
      requireAll: false,
      surfaceSettings: {
        'alpha-v1': {
          ALPHA_V1_MAX_SCENES: 5,
          ALPHA_V1_RATE_LIMITS: { all: { limit: 600, windowSeconds: 60 }, submit: { limit: 30, windowSeconds: 60 } },
        },
        beta: { BETA_EMAIL_VERIFICATION_TTL: 3600, BETA_RATE_LIMITS: { all: null } },
      },
    });
    expect(config.objects).toEqual({ adapter: 'fs', folder: `${process.cwd()}/.data/objects` });
    expect(config.mail).toEqual({ mode: 'file', folder: `${process.cwd()}/.data/mail`, from: 'Polyreel <polyreel@localhost>' });
  });

  it('reads the full mode, with the public URL without its trailing slash', () => {
    const config = load({
      ...full,
      SECRET_KEY_PREVIOUS: `${generateSecretKey()}, ${generateSecretKey()}`,
      REDIS_URL: 'redis://cache:6379',
      S3_ENDPOINT: 'http://s3:8333',
      S3_BUCKET: 'films',
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'secret',
      S3_CHECKSUMS: 'when-required',
      COMFYUI_URLS: 'http://gpu1:8188,http://gpu2:8188/',
      COMFYUI_HEADERS: '{"Authorization":"Bearer x"}',
      SMTP_URL: 'smtp://mail:1025',
    });
    expect(requireFullConfig(config).databaseUrl).toBe(full.DATABASE_URL);
    expect(config.publicUrl).toBe('https://video.example');
    expect(config.secretKeys?.previous).toHaveLength(2);
    expect(config.objects).toMatchObject({
      adapter: 's3',
      endpoint: 'http://s3:8333',
      bucket: 'films',
      checksums: 'when-required',
      forcePathStyle: true,
    });
    expect(config.generation).toEqual({
      runner: 'comfyui',
      urls: ['http://gpu1:8188', 'http://gpu2:8188'],
      headers: { Authorization: 'Bearer x' },
      warmsUp: true,
      allowNonCommercial: false,
    });
    expect(config.workerConcurrency.gpu).toBe(2);
    expect(config.mail).toMatchObject({ mode: 'smtp', url: 'smtp://mail:1025' });
  });

  it.each([
    [['--port', '9000'], { port: 9000 }],
    [['--port=9000'], { port: 9000 }],
    [['--require-all'], { requireAll: true }],
    [['--require-all', 'off'], { requireAll: false }],
    [['--min-free-bytes', '1.5GiB'], { minFreeBytes: 1.5 * 2 ** 30 }],
    [['--min-free-bytes=500 MB'], { minFreeBytes: 5e8 }],
    [['--trust-proxy', '2'], { trustProxy: 2 }],
    [['--trust-proxy', 'loopback,10.0.0.0/8'], { trustProxy: ['loopback', '10.0.0.0/8'] }],
    [
      ['--outbound-allow', '127.0.0.1:8443,10.1.0.0/16,[::1]:443'],
      { outboundAllow: ['127.0.0.1:8443', '10.1.0.0/16', '[::1]:443'] },
    ],
    [['--worker-concurrency', 'cpu=3'], { workerConcurrency: { gpu: 1, cpu: 3, io: 8 } }],
    [['--worker-concurrency', '5'], { workerConcurrency: { gpu: 5, cpu: 5, io: 5 } }],
    [['--surfaces', 'beta'], { surfaces: ['beta'] }],
    [['--runner', 'cpu', '--comfyui-urls', 'http://a:1'], { generation: { runner: 'cpu' } }],
    [['--mail-mode', 'off'], { mail: { mode: 'off' } }],
  ])('reads the flags %j', (argv, expected) => {
    expect(load({}, argv)).toMatchObject(expected);
  });

  it('takes a surface setting under its full flag and, where that is unambiguous, without the prefix', () => {
    expect(load({}, ['--email-verification-ttl', '24h']).surfaceSettings.beta.BETA_EMAIL_VERIFICATION_TTL).toBe(86_400);
    expect(load({}, ['--beta-email-verification-ttl', '30min']).surfaceSettings.beta.BETA_EMAIL_VERIFICATION_TTL).toBe(1800);
    expect(load({ ALPHA_V1_RATE_LIMITS: 'submit=5/10s' }).surfaceSettings['alpha-v1'].ALPHA_V1_RATE_LIMITS).toEqual({
      all: { limit: 600, windowSeconds: 60 },
      submit: { limit: 5, windowSeconds: 10 },
    });
    expect(load({}, ['--beta-rate-limits', 'all=off']).surfaceSettings.beta.BETA_RATE_LIMITS).toEqual({ all: null });
    expect(faultsOf({}, ['--rate-limits', 'all=off'])).toEqual([
      { name: '--rate-limits', value: undefined, rule: 'is ambiguous; write --alpha-v1-rate-limits or --beta-rate-limits' },
    ]);
  });

  it('lets a flag win over a variable and takes empty text as not given', () => {
    expect(load({ PORT: '1000' }, ['--port', '2000']).port).toBe(2000);
    expect(load({ PORT: '' }).port).toBe(8080);
    expect(load({ REDIS_URL: 'redis://a' }, ['--redis-url=']).redisUrl).toBeNull();
  });

  it('refuses DATABASE_URL without SECRET_KEY and PUBLIC_URL', () => {
    expect(faultsOf({ DATABASE_URL: full.DATABASE_URL })).toEqual([
      { name: 'SECRET_KEY', value: undefined, rule: 'must be given with DATABASE_URL' },
      { name: 'PUBLIC_URL', value: undefined, rule: 'must be given with DATABASE_URL' },
    ]);
    expect(() => requireFullConfig(load())).toThrow(ConfigError);
  });

  it('reports every fault at once, with name, value and rule', () => {
    const faults = faultsOf(
      { PORT: '70000', LOG_LEVEL: 'loud', ALPHA_V1_MAX_SCENES: 'many', S3_ENDPOINT: 'http://s3', SURFACES: 'beta,gamma' },
      ['--nonsense', '5', '--beta-email-verification-ttl', 'soon', 'stray', '--host'],
    );
    expect(faults).toEqual([
      { name: '--nonsense', value: undefined, rule: 'is not a known flag' },
      { name: 'argument 5', value: undefined, rule: 'is not a flag; write --name value' },
      { name: '--host', value: undefined, rule: 'needs a value' },
      { name: 'PORT', value: '"70000"', rule: 'must be a whole number from 0 to 65535' },
      { name: 'LOG_LEVEL', value: '"loud"', rule: expect.stringContaining('one of fatal, error') },
      { name: 'ALPHA_V1_MAX_SCENES', value: '"many"', rule: 'must be a whole number from 1 to 12' },
      { name: '--beta-email-verification-ttl', value: '"soon"', rule: expect.stringContaining('a duration such as 30s') },
      { name: 'S3_BUCKET', value: undefined, rule: 'must be given with S3_ENDPOINT' },
      { name: 'SURFACES', value: '"beta,gamma"', rule: 'names gamma; this server has alpha-v1, beta' },
    ]);
    expect(new ConfigError(faults).message).toContain('9 settings are wrong\n');
    expect(new ConfigError(faults).message).toContain('  PORT = "70000": must be a whole number from 0 to 65535');
  });

  it.each([
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['PORT', '8080.5'],
    ['HOST', 'a b'],
    ['PUBLIC_URL', 'ftp://x'],
    ['PUBLIC_URL', 'https://x?y=1'],
    ['MIN_FREE_BYTES', '2 gigs'],
    ['URL_TTL_SECONDS', '604801'],
    ['REDIS_URL', 'http://cache'],
    ['DATABASE_URL', 'mysql://x/y'],
    ['OUTBOUND_ALLOW', '10.0.0.0/33'],
    ['OUTBOUND_ALLOW', 'host'],
    ['OUTBOUND_ALLOW', 'host:0'],
    ['TRUST_PROXY', 'on'],
    ['TRUST_PROXY', 'everyone'],
    ['COMFYUI_URLS', 'http://a,,http://b'],
    ['COMFYUI_URLS', 'http://a,http://a'],
    ['COMFYUI_HEADERS', 'Authorization: x'],
    ['COMFYUI_HEADERS', '{"X":"a\\r\\nY: b"}'],
    ['WORKER_QUEUES', 'gpu,tpu'],
    ['WORKER_CONCURRENCY', 'gpu=0'],
    ['WORKER_CONCURRENCY', 'gpu=1,gpu=2'],
    ['REQUIRE_ALL', 'perhaps'],
    ['TEST_SCALE', '1.5'],
    ['MAIL_MODE', 'pigeon'],
    ['GENERATION_QUALITY', 'BEST'],
    ['ALPHA_V1_RATE_LIMITS', 'all=600'],
    ['ALPHA_V1_RATE_LIMITS', 'other=600/60s'],
    ['ALPHA_V1_RATE_LIMITS', 'all=0/60s'],
  ])('refuses %s = %s', (name, value) => {
    expect(faultsOf({ [name]: value }).map((fault) => fault.name)).toContain(name);
  });

  it.each([
    [{ RUNNER: 'comfyui' }, 'COMFYUI_URLS'],
    [{ MAIL_MODE: 'smtp' }, 'SMTP_URL'],
    [{ S3_BUCKET: 'films', S3_ACCESS_KEY_ID: 'id' }, 'S3_SECRET_ACCESS_KEY'],
    [{ LLM_BASE_URL: 'http://llm/v1' }, 'LLM_MODEL'],
    [{ TTS_API_KEY: 'k' }, 'TTS_BASE_URL'],
    [{ C2PA_CERT_FILE: '/c.pem' }, 'C2PA_KEY_FILE'],
    [{ PORT: '0' }, 'PUBLIC_URL'],
    [{ BETA_RATE_LIMIT: 'all=off' }, 'BETA_RATE_LIMIT'],
  ])('refuses the half-given %j', (env, missing) => {
    expect(faultsOf(env).map((fault) => fault.name)).toEqual([missing]);
  });

  it('never shows a secret: keys are hidden, passwords in URLs are masked', () => {
    const error = new ConfigError(
      faultsOf({
        SECRET_KEY: 'tooshort',
        METRICS_TOKEN: 'a\nb',
        REDIS_URL: 'http://u:hunter2@cache',
        SMTP_URL: 'ftp://me:hunter2@mail',
      }),
    );
    expect(error.faults).toHaveLength(4);
    for (const secret of ['tooshort', 'hunter2', 'a\\nb']) expect(error.message).not.toContain(secret);
    expect(error.message).toContain('SECRET_KEY = (hidden)');
  });

  it('refuses a flag that is given twice', () => {
    expect(faultsOf({}, ['--port', '1', '--port', '2'])).toEqual([
      { name: '--port', value: undefined, rule: 'sets PORT a second time' },
    ]);
  });
});
