import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { deriveKey, deriveKeys, type FullConfig, type LoadedConfig, openSecret, sealSecret } from '@polyreel/config';
import {
  auditedEndpoints,
  auditedEngine,
  auditedFiles,
  type Clock,
  createAccounts,
  createAuditBatch,
  createAuthenticator,
  createEngine,
  createFileLinks,
  createFiles,
  createIdSource,
  createIntake,
  type JobPreview,
  modelCatalog,
  type PromptEnhancer,
  rememberJobs,
  rulesEnhancer,
  sourceHeaderContext,
  submitProcessing,
} from '@polyreel/core';
import { checkedEngine, checkedIntake, noUploadedPictures } from '@polyreel/core/safety';
import { createSafetyLog, openDatabase, openJobSignals, openPreviewSignals } from '@polyreel/db';
import { createEmbedder } from '@polyreel/embeddings';
import { createFaceDetector } from '@polyreel/gpu-runner/faces';
import { healthRoutes } from '@polyreel/health';
import { createMediaInspector } from '@polyreel/media';
import { openSigning } from '@polyreel/media/provenance';
import { verifyFile } from '@polyreel/media/verify';
import { createLumaWatermarker } from '@polyreel/media/watermark';
import { createPostgresWindowCounter, createRedisWindowCounter, createWakeups, type OnQueueFault } from '@polyreel/queue';
import { createSafeFetch, downloadToFile, isForbiddenHostLiteral } from '@polyreel/safe-fetch';
import { composeContentCheck } from '@polyreel/safety';
import { createLinkSigner, createResultLinks, fileIdLinks, openObjectStore, uploadLinks } from '@polyreel/storage';
import { bindSurfaces, type SurfaceDeps, type surfaceSchemas } from '@polyreel/surfaces';
import { createEndpointSecrets } from '@polyreel/webhooks';
import type { FastifyBaseLogger } from 'fastify';
import { createJsonBodyPool } from './json-pool/json-body-pool.ts';
import { createMailer } from './accounts/mailer.ts';
import { createCalls } from './call-trail.ts';
import { argon2Hasher } from './accounts/password-hasher.ts';
import { createKeyUsage } from './key-usage.ts';
import { createApiMetrics } from './metrics.ts';
import { createLlmEnhancer } from './prompts/llm-enhancer.ts';
import { eventRoutes } from './routes/events.ts';
import { fileStreamRoutes } from './routes/file-streams.ts';
import { fileRoutes } from './routes/files.ts';
import { shareRoutes } from './routes/share.ts';
import { verifyRoutes } from './routes/verify.ts';
import { createTimelineLanguage } from './timeline-language.ts';
import { createUploadedPictures } from './uploaded-pictures.ts';
import { uploadRoutes } from './routes/uploads.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** For a file that a caller names by URL. */
const downloadTimeoutMs = 30_000;

/** A picture of work in hand is soon followed by another. */
const previewLinkSeconds = 600;

/** What `POST /verify` looks at. */
const verifiedBytesMax = 512 * 1024 * 1024;

export type ApiConfig = LoadedConfig<typeof surfaceSchemas> & FullConfig;

/** Everything the gateway is made of, and how to take it down again. Nothing listens yet. */
export async function composeApi(config: ApiConfig, logger: FastifyBaseLogger) {
  const clock: Clock = { now: () => new Date() };
  const ids = createIdSource(clock, randomBytes);
  const signer = createLinkSigner({ secretKey: config.secretKeys.current, previousKeys: config.secretKeys.previous, clock });
  const database = await openDatabase({
    url: config.databaseUrl,
    poolSize: 20,
    onError: (error) => logger.error({ err: error }, 'database'),
  });
  const onFault: OnQueueFault = ({ error: err, ...fault }) => logger.warn({ err, ...fault }, 'queue');
  const wakeups = await createWakeups({ redisUrl: config.redisUrl, databaseUrl: config.databaseUrl, onFault });
  const redisCounter = config.redisUrl === null ? null : await createRedisWindowCounter({ redisUrl: config.redisUrl, onFault });
  const counter = redisCounter ?? createPostgresWindowCounter(database.pool);
  const objects = await openObjectStore({
    objects: config.objects,
    publicUrl: config.mediaUrl ?? config.publicUrl,
    signer,
    clock,
    settings: database.settings,
    hasFiles: async () => (await database.sql.rows({ text: `SELECT 1 FROM files WHERE state = 'ready' LIMIT 1` })).length > 0,
  });
  const links = createResultLinks({ objects, signer, publicUrl: config.publicUrl, ttlSeconds: config.urlTtlSeconds, clock });
  const jsonPool = createJsonBodyPool();
  const faces = createFaceDetector();
  const fetchGuarded = createSafeFetch({ allow: config.outboundAllow });
  const keyUsage = createKeyUsage({
    accounts: database.accounts,
    clock,
    onError: (error) => logger.warn({ err: error }, 'key usage'),
  });
  const calls = createCalls({ apiKeys: database.apiKeys });
  const authenticator = calls.watch(
    createAuthenticator({
      accounts: database.accounts,
      clock,
      sha256,
      isListening: () => database.isListening(),
      onUse: keyUsage.note,
    }),
  );
  const signals = await openJobSignals(database);
  const previews = {
    signals: await openPreviewSignals(database),
    link: ({ objectKey }: JobPreview) =>
      objects.link(objectKey, { expiresInSeconds: previewLinkSeconds, contentType: 'image/jpeg' }),
  };
  const remembered = rememberJobs(database.jobs, { clock, isListening: () => database.isListening() });
  await database.listen('jobs', (change) => remembered.forget(change?.id ?? null));
  await database.listen('keys', () => authenticator.forgetAll());
  const scratchRoot = path.join(config.dataDir, 'scratch', `api-${process.pid}`);
  await mkdir(scratchRoot, { recursive: true, mode: 0o700 });

  const streams = fileIdLinks(signer, 'hls');
  const uploads = uploadLinks(signer);
  const safety = composeContentCheck({
    config: config.safety,
    log: createSafetyLog(database.sql, ids),
    hashKey: deriveKey(config.secretKeys.current, 'safety-log'),
    clock,
    onFault: (stage, error) => logger.warn({ err: error, stage }, 'content check'),
  });
  const plainEngine = createEngine({
    jobs: remembered.jobs,
    workers: database.workers,
    wakeups,
    ids,
    clock,
    models: modelCatalog,
    limits: {
      maxActiveJobsPerAccount: config.maxActiveJobsPerAccount,
      maxQueuedSteps: config.maxQueuedSteps,
      minFreeBytes: config.minFreeBytes,
    },
    freeBytes: () => objects.freeBytes(),
    onWakeupError: (error, step) => logger.warn({ err: error, stepId: step.stepId }, 'wake-up not sent'),
  });
  const engine = checkedEngine(
    auditedEngine(plainEngine, calls.trail),
    safety.check,
    config.safety === null ? noUploadedPictures : createUploadedPictures({ library: database.library, objects, scratchRoot }),
  );
  const files = createFiles({
    library: database.library,
    objects,
    links: createFileLinks({
      objects,
      signStream: (claims, expiresInSeconds) => streams.sign(claims, { expiresInSeconds }),
      publicUrl: config.publicUrl,
      ttlSeconds: config.urlTtlSeconds,
      clock,
    }),
    ids,
    embedder: openEmbedder(config.embeddings),
    publicUrl: config.publicUrl,
    uploadSeconds: config.uploadTtlSeconds,
    maxUploadBytes: config.maxUploadBytes,
    randomBytes,
    signUpload: (claims, expiresInSeconds) => uploads.sign(claims, { expiresInSeconds }),
    openUpload: (token) => uploads.verify(token),
    submitProcessing: (file) => submitProcessing({ jobs: database.jobs, wakeups, ids }, file),
    onProcessingError: (error, fileId) => logger.warn({ err: error, fileId }, 'processing not submitted'),
    assertFreeSpace: () => engine.assertFreeSpace(),
  });

  const surfaceDeps: SurfaceDeps = {
    engine,
    files: auditedFiles(files, calls.trail, ids),
    endpoints: auditedEndpoints(database.endpoints, calls.trail),
    endpointSecrets: createEndpointSecrets({
      store: database.endpoints,
      ids,
      seal: (text, context) => sealSecret(text, { keys: config.secretKeys, context }),
      open: (sealed, context) => openSecret(sealed, { keys: config.secretKeys, context }),
    }),
    accounts: database.accounts,
    ids,
    authenticator,
    intake: checkedIntake(createIntake({ files: database.files, objects, ids }), safety.check),
    safety: safety.check,
    inspector: createMediaInspector({ ffmpegPath: config.ffmpegPath, ffprobePath: config.ffprobePath }),
    counter,
    links,
    jsonPool,
    clock,
    signals,
    promptEnhancer: createPromptEnhancer(config.llm),
    faces,
    ledger: database.ledger,
    people: createAccounts({
      users: database.users,
      passwords: argon2Hasher,
      mailer: createMailer(config.mail, (file) => logger.info({ file }, 'mail written')),
      ids,
      randomBytes,
      sha256,
      onMailError: (error) => logger.error({ err: error }, 'mail not sent'),
    }),
    users: database.users,
    apiKeys: database.apiKeys,
    templates: database.templates,
    audit: database.audit,
    auditBatch: createAuditBatch(database.audit),
    timeline: createTimelineLanguage({
      names: config.timelineModelNames,
      seal: (text) => sealSecret(text, { keys: config.secretKeys, context: sourceHeaderContext }),
    }),
    sha256,
    publicUrl: config.publicUrl,
    async download({ url, path: target, maxBytes, signal }) {
      await downloadToFile(fetchGuarded, url, target, {
        ...{ maxBytes, signal, timeoutMs: downloadTimeoutMs, maxRedirects: 5 },
        protocols: ['https:', 'http:'],
      });
    },
    isForbiddenHost: isForbiddenHostLiteral,
    async makeScratch() {
      const folder = await mkdtemp(path.join(scratchRoot, 'request-'));
      return { path: folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
    },
    randomBytes,
  };
  const metrics = createApiMetrics({
    jobsByState: () => database.statistics.jobsByState(),
    queueDepth: () => database.statistics.dueSteps(),
    deliveriesByState: () => database.statistics.deliveriesByState(),
  });
  const credential = await openSigning({
    files: config.c2pa,
    secrets: database.serverSecrets,
    seal: (text, context) => sealSecret(text, { keys: config.secretKeys, context }),
    open: (sealed, context) => openSecret(sealed, { keys: config.secretKeys, context }),
    clock,
  });
  const verifying = {
    media: { ffmpegPath: config.ffmpegPath, ffprobePath: config.ffprobePath },
    provenance: database.provenance,
    watermarker: createLumaWatermarker(deriveKeys(config.secretKeys, 'watermark')),
    anchors: [credential.anchorPem],
  };
  let isStopping = false;
  return {
    database,
    app: {
      surfaces: bindSurfaces(config.surfaceSettings, config.surfaces),
      surfaceDeps,
      calls,
      logger,
      trustProxy: config.trustProxy,
      metrics,
      ownRoutes: [
        healthRoutes({
          checks: [
            { name: 'database', check: () => database.ping() },
            { name: 'queue', check: () => wakeups.ping() },
            { name: 'storage', check: () => objects.list('inputs/', { limit: 1 }) },
          ],
          metrics,
          metricsToken: config.metricsToken,
          isStopping: () => isStopping,
        }),
        fileRoutes({ objects, signer }),
        uploadRoutes(files),
        fileStreamRoutes({
          library: database.library,
          objects,
          openStream: (token) => streams.verify(token),
          ttlSeconds: config.urlTtlSeconds,
          ownLinks: `${config.mediaUrl ?? config.publicUrl}/files/`,
        }),
        eventRoutes({ authenticator, jobs: database.jobs, signals, previews, surfaces: config.surfaces }),
        verifyRoutes({
          ...{ authenticator, surfaces: config.surfaces, jobs: database.jobs, maxBytes: verifiedBytesMax },
          makeScratch: surfaceDeps.makeScratch,
          assertFreeSpace: () => surfaceDeps.engine.assertFreeSpace(),
          verify: (file) => verifyFile(verifying, file),
        }),
        shareRoutes({
          openToken: links.openShare,
          findJob: (jobId) => database.jobs.findById(jobId),
          link: (artifact, options) => links.artifact(artifact, options),
        }),
      ],
    },
    announceStop: () => {
      isStopping = true;
      signals.stop();
    },
    async close() {
      await keyUsage.close();
      await jsonPool.close();
      await faces.close();
      await safety.close();
      await wakeups.close();
      await redisCounter?.close();
      await objects.close();
      await database.close();
      await rm(scratchRoot, { recursive: true, force: true });
    },
  };
}

/** A language model where the operator named one, and then never silently our own rules instead. */
function createPromptEnhancer(llm: ApiConfig['llm']): PromptEnhancer {
  if (llm === null) return rulesEnhancer;
  if (llm.model === null) throw new Error('LLM_BASE_URL is set without LLM_MODEL');
  return createLlmEnhancer({ baseUrl: llm.baseUrl, model: llm.model, apiKey: llm.apiKey });
}

/** Meaning by a model where the operator named one; words otherwise. */
function openEmbedder(embeddings: ApiConfig['embeddings']) {
  if (embeddings === null) return null;
  if (embeddings.model === null) throw new Error('EMBEDDINGS_BASE_URL is set without EMBEDDINGS_MODEL');
  return createEmbedder({ baseUrl: embeddings.baseUrl, model: embeddings.model, apiKey: embeddings.apiKey });
}
