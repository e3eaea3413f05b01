import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import type { FullConfig, LoadedConfig } from '@polyreel/config';
import { deriveKey, deriveKeys, openSecret, sealSecret } from '@polyreel/config';
import {
  type Clock,
  createFileLinks,
  createIdSource,
  sourceHeaderContext,
  submitProcessing,
} from '@polyreel/core';
import { createPreviewSender, createSafetyLog, openDatabase } from '@polyreel/db';
import { createEmbedder } from '@polyreel/embeddings';
import { findSpeech, type SpeechTools } from '@polyreel/gpu-runner';
import { createPostgresWindowCounter, createWakeups } from '@polyreel/queue';
import { openSigning } from '@polyreel/media/provenance';
import { mapSourceHeaders } from '@polyreel/media/timeline';
import { createLumaWatermarker } from '@polyreel/media/watermark';
import { createSafeFetch } from '@polyreel/safe-fetch';
import { composeContentCheck } from '@polyreel/safety';
import { createLinkSigner, createResultLinks, fileIdLinks, openObjectStore } from '@polyreel/storage';
import { type surfaceSchemas, webhookDialects } from '@polyreel/surfaces';
import { stepParamsSchemas } from '@polyreel/core';
import { createAccountSecrets, createEndpointSecrets } from '@polyreel/webhooks';
import type { Logger } from 'pino';
import { createDeliveries } from './processors/deliver-webhook.ts';
import { startHousekeeping } from './processors/housekeeping.ts';
import { runStep } from './processors/run-step.ts';
import { createCheckResult } from './check-result.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import { createWorkerMetrics } from './metrics.ts';
import { capabilitiesOf, openRunners } from './runners.ts';
import { openScratchSpace, removeDeadScratch, scratchOwner } from './scratch.ts';
import { StepLoop } from './step-loop.ts';
import { createAssembleFilm } from './steps/assemble-film.ts';
import { createDrawStory } from './steps/draw-story.ts';
import { createFetchFile } from './steps/fetch-file.ts';
import { createDrawMark } from './steps/draw-mark.ts';
import { createJoinSound } from './steps/join-sound.ts';
import { createProcessFile } from './steps/process-file/process-file.ts';
import { createRenderTimeline } from './steps/render-timeline.ts';
import { createPublishFilm } from './steps/publish-film.ts';
import { createRunTask } from './steps/run-task.ts';
import { readParams, type StepExecutors } from './steps/step-executor.ts';
import { checkOwnEdit, renderDocument } from './timeline/render-document.ts';
import { openSources } from './timeline/source-download.ts';

export type WorkerConfig = LoadedConfig<typeof surfaceSchemas> & FullConfig;

const version = '0.1.0';
/** An attempt in hand may end within this time at a graceful stop. */
const deliveryGraceMs = 3000;

const openSpeech = ({ tts, ttsVoices, flitePath, espeakPath }: WorkerConfig): Promise<SpeechTools | null> =>
  findSpeech({
    ...{ flitePath, espeakPath },
    endpoint: tts?.model ? { baseUrl: tts.baseUrl, model: tts.model, apiKey: tts.apiKey, voices: ttsVoices } : null,
  });

/** Brings the worker up: loops, heartbeats, sweeps, deliveries. `stop` hands running steps back. */
export async function startWorker(config: WorkerConfig, logger: Logger) {
  const clock: Clock = { now: () => new Date() };
  const ids = createIdSource(clock, randomBytes);
  const workerId = ids.next('worker');
  const media = { ffmpegPath: config.ffmpegPath, ffprobePath: config.ffprobePath };
  const onError = (where: string) => (error: unknown) => logger.error({ err: error }, where);
  const database = await openDatabase({ url: config.databaseUrl, poolSize: 10, onError: onError('database') });
  const wakeups = await createWakeups({
    redisUrl: config.redisUrl,
    databaseUrl: config.databaseUrl,
    onFault: ({ error: err, ...fault }) => logger.warn({ err, ...fault }, 'queue'),
  });
  const signer = createLinkSigner({ secretKey: config.secretKeys.current, previousKeys: config.secretKeys.previous, clock });
  const objects = await openObjectStore({
    objects: config.objects,
    publicUrl: config.mediaUrl ?? config.publicUrl,
    signer,
    clock,
    settings: database.settings,
    hasFiles: async () => (await database.sql.rows({ text: `SELECT 1 FROM files WHERE state = 'ready' LIMIT 1` })).length > 0,
  });
  const links = createResultLinks({ objects, signer, publicUrl: config.publicUrl, ttlSeconds: config.urlTtlSeconds, clock });
  const streams = fileIdLinks(signer, 'hls');
  const fileLinks = createFileLinks({
    objects,
    signStream: (claims, expiresInSeconds) => streams.sign(claims, { expiresInSeconds }),
    publicUrl: config.publicUrl,
    ttlSeconds: config.urlTtlSeconds,
    clock,
  });
  const metrics = createWorkerMetrics();
  const speech = await openSpeech(config);
  if (!speech) logger.warn('neither TTS_BASE_URL nor both of flite and espeak-ng: this worker cannot speak');
  const runners = await openRunners(config, { speech, logger });
  const scratchRoot = path.join(config.dataDir, 'scratch');
  const scratchFolder = scratchOwner(process.pid, clock.now());
  const scratch = await openScratchSpace(scratchRoot, scratchFolder);
  const removedScratch = await removeDeadScratch(scratchRoot, scratchFolder);
  if (removedScratch > 0) logger.info({ folders: removedScratch }, 'removed scratch of processes that are gone');
  const leases = createLeaseKeeper({ steps: database.steps, clock, onError: onError('heartbeat') });
  await database.listen('cancels', (cancel) => leases.ask(cancel?.id ?? null));
  const fetchGuarded = createSafeFetch({ allow: config.outboundAllow });
  const unsealHeader = (sealed: string): string => openSecret(sealed, { keys: config.secretKeys, context: sourceHeaderContext });
  const sources = openSources({
    fetch: fetchGuarded,
    folder: path.join(config.dataDir, 'source-cache'),
    bytesMax: config.sourceCacheBytes,
    clock,
  });
  const credential = await openSigning({
    files: config.c2pa,
    secrets: database.serverSecrets,
    seal: (text, context) => sealSecret(text, { keys: config.secretKeys, context }),
    open: (sealed, context) => openSecret(sealed, { keys: config.secretKeys, context }),
    clock,
  });
  const publishFilm = createPublishFilm({
    media,
    provenance: database.provenance,
    watermarker: createLumaWatermarker(deriveKeys(config.secretKeys, 'watermark')),
    signing: config.isC2paSigning ? { credential, timeStampUrl: config.c2paTsaUrl, embedBytesMax: config.c2paMaxBytes } : null,
    version,
    clock,
    randomBytes,
  });
  const executors: StepExecutors = {
    'publish-film': readParams(stepParamsSchemas['publish-film'], publishFilm),
    'run-task': readParams(stepParamsSchemas['run-task'], createRunTask({ runners, media, generated: database.generatedFiles })),
    'assemble-film': readParams(stepParamsSchemas['assemble-film'], createAssembleFilm({ media })),
    'fetch-file': readParams(stepParamsSchemas['fetch-file'], createFetchFile({ sources, unseal: unsealHeader })),
    'draw-mark': readParams(stepParamsSchemas['draw-mark'], createDrawMark({ media })),
    'join-sound': readParams(stepParamsSchemas['join-sound'], createJoinSound({ media })),
    'process-file': readParams(
      stepParamsSchemas['process-file'],
      createProcessFile({ media, library: database.library, objects, embedder: openEmbedder(config.embeddings) }),
    ),
    'draw-story': readParams(
      stepParamsSchemas['draw-story'],
      createDrawStory({ checkEdit: checkOwnEdit, render: (request) => renderDocument(media, request) }),
    ),
    'render-timeline': readParams(
      stepParamsSchemas['render-timeline'],
      createRenderTimeline({
        render: (request) => renderDocument(media, { ...request, document: mapSourceHeaders(request.document, unsealHeader) }),
        sources,
      }),
    ),
  };
  const safetyLog = createSafetyLog(database.sql, ids);
  const safety = composeContentCheck({
    config: config.safety,
    log: safetyLog,
    hashKey: deriveKey(config.secretKeys.current, 'safety-log'),
    clock,
    onFault: (stage, error) => logger.warn({ err: error, stage }, 'content check'),
  });
  const checkResult = createCheckResult({ check: safety.check, jobs: database.jobs, accounts: database.accounts, media });
  const previews = createPreviewSender(database.sql);
  const stopping = new AbortController();
  const sealing = {
    ids,
    seal: (text: string, context: string) => sealSecret(text, { keys: config.secretKeys, context }),
    open: (sealed: string, context: string) => openSecret(sealed, { keys: config.secretKeys, context }),
  };
  const deliveries = createDeliveries({
    store: database.deliveries,
    jobs: database.jobs,
    library: database.library,
    files: {
      ...fileLinks,
      getMany: (accountId, wanted) => database.library.findMany({ accountId, ids: wanted }),
    },
    secrets: createAccountSecrets({ store: database.webhookSecrets, ...sealing }),
    endpointSecrets: createEndpointSecrets({ store: database.endpoints, ...sealing }),
    dialects: webhookDialects,
    links,
    fetch: fetchGuarded,
    clock,
    onOutcome: metrics.countDelivery,
    onFault: (where, error) => logger.error({ err: error, where }, 'webhook delivery'),
  });

  const loops = config.workerQueues.map(
    (resource) =>
      new StepLoop({
        steps: database.steps,
        workerId,
        resource,
        capacity: config.workerConcurrency[resource],
        onError: onError('claim'),
        async run(step) {
          const startedAt = performance.now();
          const log = logger.child({ jobId: step.jobId, stepId: step.stepId, step: step.key, attempt: step.attempt });
          log.info('step started');
          const report = await runStep(
            { steps: database.steps, executors, leases, scratch, files: database.files, objects, ids, checkResult, previews },
            step,
            stopping.signal,
            (fields, text) => log.info(fields, text),
          ).catch((error: unknown) => {
            log.error({ err: error }, 'the end of the step could not be written; its lease will lapse');
            return null;
          });
          const seconds = (performance.now() - startedAt) / 1000;
          metrics.countStep(step.type, report?.end ?? 'unwritten', seconds);
          if (!report) return;
          const level = report.end === 'failed' || report.end === 'retrying' ? 'warn' : 'info';
          log[level]({ end: report.end, seconds, failure: report.failure, err: report.error }, 'step ended');
          if (report.fenced.outcome !== 'written') return;
          for (const due of report.fenced.due) await wakeups.notify(due.resource, due);
          if (report.fenced.jobEnded) deliveries.wake();
        },
      }),
  );
  const listeners = loops.map((loop, index) => {
    const resource = config.workerQueues[index] ?? 'cpu';
    return wakeups.listen(resource, () => loop.look(), { concurrency: config.workerConcurrency[resource] });
  });
  const self = {
    ...{ id: workerId, hostname: hostname(), version },
    // Servers of models come and go.
    get capabilities() {
      return capabilitiesOf(runners.values());
    },
  };
  await database.workers.beat(self);
  deliveries.start();
  const housekeeping = startHousekeeping({
    steps: database.steps,
    files: database.files,
    library: database.library,
    submitProcessing: (file) => submitProcessing({ jobs: database.jobs, wakeups, ids }, file),
    workers: database.workers,
    objects,
    wakeups,
    async maintain() {
      await database.maintain({ results: config.retentionDays, audit: config.auditRetentionDays });
      if (config.auditRetentionDays !== null) await safetyLog.removeOlderThan(config.auditRetentionDays);
    },
    removeWindows: async () => (config.redisUrl === null ? createPostgresWindowCounter(database.pool).removeExpired() : 0),
    self,
    look: () => {
      for (const loop of loops) void loop.look();
      deliveries.wake();
    },
    now: () => clock.now(),
    onError: (error, task) => logger.error({ err: error, task }, 'housekeeping'),
    onSwept: (report) => logger.info(report, 'swept'),
  });

  return {
    metrics,
    checks: [
      { name: 'database', check: () => database.ping() },
      { name: 'queue', check: () => wakeups.ping() },
      { name: 'storage', check: () => objects.list('inputs/', { limit: 1 }) },
    ],
    async stop() {
      stopping.abort();
      await housekeeping.stop();
      await Promise.all([...loops.map((loop) => loop.stop()), deliveries.stop({ graceMs: deliveryGraceMs })]);
      await Promise.all(listeners.map((listener) => listener.close()));
      leases.close();
      await database.workers.remove(workerId);
      await Promise.all([...runners.values()].map((runner) => runner.close()));
      await safety.close();
      await wakeups.close();
      await scratch.removeAll();
      await objects.close();
      await database.close();
    },
  };
}

function openEmbedder(embeddings: WorkerConfig['embeddings']) {
  if (embeddings === null) return null;
  if (embeddings.model === null) throw new Error('EMBEDDINGS_BASE_URL is set without EMBEDDINGS_MODEL');
  return createEmbedder({ baseUrl: embeddings.baseUrl, model: embeddings.model, apiKey: embeddings.apiKey });
}
