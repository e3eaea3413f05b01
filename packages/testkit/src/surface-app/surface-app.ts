import { copyFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  type Artifact,
  type Capability,
  createEngine,
  createFileLinks,
  createFiles,
  createIdSource,
  DomainError,
  type EndpointStore,
  type Engine,
  type FaceDetector,
  type Files,
  type IdSource,
  type JobView,
  type MediaInspector,
  modelCatalog,
  type PromptEnhancer,
  rulesEnhancer,
} from '@polyreel/core';
import { checkedEngine, checkedIntake, type ContentCheck, noUploadedPictures, uncheckedContent } from '@polyreel/core/safety';
import { createMediaInspector } from '@polyreel/media';
import { isForbiddenHostLiteral } from '@polyreel/safe-fetch';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import { createMemoryJobs, type MemoryJobs } from './memory-jobs.ts';
import { createMemoryLibrary, type MemoryLibrary } from './memory-library.ts';
import {
  createMemoryAuthenticator,
  createMemoryCounter,
  createMemoryIntake,
  createTestScratch,
  type MemoryIntake,
  testRandomBytes,
} from './memory-ports.ts';
import { refusingDomains } from './refusing-domains.ts';

/** The shape of a surface as the gateway sees it; told by structure, so that this package needs none of them. */
export interface TestableSurface<D> {
  register(app: FastifyInstance, deps: D): Promise<void>;
  answerNotFound(request: FastifyRequest, reply: FastifyReply, deps: D): Promise<unknown>;
}

export interface SurfaceAppOptions<P> {
  /** Reads large JSON bodies; the surface's own package has one that runs in this process. */
  readonly jsonPool: P;
  readonly capabilities?: readonly Capability[];
  readonly inspector?: MediaInspector;
  readonly maxActiveJobsPerAccount?: number;
  readonly freeBytes?: () => number | null;
  readonly changeEngine?: (engine: Engine) => Engine;
  readonly makeScratch?: () => Promise<{ path: string; remove(): Promise<void> }>;
  readonly startsAt?: Date;
  /** Default: our own rules. */
  readonly promptEnhancer?: PromptEnhancer;
  /** Default: switched off. Asked by engine and intake too. */
  readonly safety?: ContentCheck;
  /** Default: pictures show nobody. */
  readonly faces?: FaceDetector;
  /** Local files by URL, for what a caller's URL names; every other URL cannot be reached. */
  readonly downloads?: ReadonlyMap<string, string>;
}

/** What the tool runner does on every machine. */
export const toolCapabilities: readonly Capability[] = (
  ['speech', 'vectorise', 'upscale-image', 'cut-out-image', 'upscale-video', 'interpolate', 'cut-out-video'] as const
).map((task) => ({ runner: 'tool', kind: 'tool', task, model: '*' }));

/** The cpu stand-in for every generative task, and the tools. */
export const referenceCapabilities: readonly Capability[] = [
  ...(['text-to-video', 'image-to-video', 'first-last-frame', 'talking-head', 'sound-effect', 'music', 'image'] as const).map(
    (task) => ({
      runner: 'cpu' as const,
      kind: 'reference' as const,
      task,
      model: '*',
    }),
  ),
  ...toolCapabilities,
];

/** A real model for every task. */
export const modelCapabilities: readonly Capability[] = modelCatalog.flatMap(({ key, tasks }) =>
  tasks.map((task) => ({ runner: 'comfyui' as const, kind: 'model' as const, task, model: key, maxFrames: 81 })),
);

/** A clock that stands still until it is told to go on. */
export function createTestClock(start: Date) {
  let time = start.getTime();
  return {
    now: () => new Date(time),
    advance(seconds: number): void {
      time += seconds * 1000;
    },
  };
}
export type TestClock = ReturnType<typeof createTestClock>;

const notHere = (): Promise<never> => Promise.reject(new Error('subscriptions are tested over the real store'));
const refusingEndpoints: EndpointStore = {
  create: notHere,
  list: notHere,
  find: notHere,
  update: notHere,
  remove: notHere,
  secrets: notHere,
  rotateSecret: notHere,
  deliveries: notHere,
  send: notHere,
  redeliver: notHere,
  publish: notHere,
};

/** The real use cases over a library in memory; bytes that are put are counted and forgotten. */
function createTestFiles({ library, clock, ids }: { library: MemoryLibrary; clock: TestClock; ids: IdSource }): Files {
  const publicUrl = 'https://polyreel.test';
  return createFiles({
    library,
    objects: {
      async put(_key, body) {
        let sizeBytes = 0;
        if (body instanceof Readable) for await (const chunk of body) sizeBytes += Buffer.byteLength(chunk);
        return { sizeBytes, sha256: '0'.repeat(64) };
      },
      delete: async () => undefined,
    },
    links: createFileLinks({
      objects: { link: async (key) => `https://files.test/${key}` },
      signStream: ({ fileId }) => `stream-${fileId}`,
      publicUrl,
      ttlSeconds: 3600,
      clock,
    }),
    ids,
    embedder: null,
    publicUrl,
    uploadSeconds: 3600,
    maxUploadBytes: 1024 ** 3,
    randomBytes: testRandomBytes,
    signUpload: ({ fileId }) => `upload-${fileId}`,
    openUpload: (token) => ({ fileId: token.replace(/^upload-/, '') }),
    submitProcessing: async () => undefined,
    onProcessingError: () => undefined,
    assertFreeSpace: async () => undefined,
  });
}

/** Everything a surface is given, in memory: the real engine and planner over memory stores, the real media inspector. */
export async function createTestDeps<P>(options: SurfaceAppOptions<P>) {
  const clock = createTestClock(options.startsAt ?? new Date('2026-05-07T12:34:56.000Z'));
  const jobs = createMemoryJobs(clock);
  const intake = createMemoryIntake();
  const library = createMemoryLibrary(clock);
  const ids = createIdSource(clock, testRandomBytes);
  const scratch = await createTestScratch();
  const engine = createEngine({
    jobs,
    workers: {
      beat: async () => undefined,
      remove: async () => undefined,
      capabilities: async () => options.capabilities ?? referenceCapabilities,
      countLive: async () => 1,
    },
    wakeups: { notify: async () => undefined },
    ids,
    clock,
    models: modelCatalog,
    limits: { maxActiveJobsPerAccount: options.maxActiveJobsPerAccount ?? 100, maxQueuedSteps: 10_000, minFreeBytes: 1000 },
    freeBytes: async () => (options.freeBytes ? options.freeBytes() : null),
    onWakeupError: () => undefined,
  });
  const tools = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
  const deps = {
    engine: checkedEngine(
      options.changeEngine ? options.changeEngine(engine) : engine,
      options.safety ?? uncheckedContent,
      noUploadedPictures,
    ),
    authenticator: createMemoryAuthenticator(),
    intake: checkedIntake(intake, options.safety ?? uncheckedContent),
    files: createTestFiles({ library, clock, ids }),
    ...refusingDomains,
    endpoints: refusingEndpoints,
    endpointSecrets: {
      make: () => ({ text: 'whsec_test', stored: { id: 'sec_test', sealed: 'sealed' } }),
      current: async () => ['whsec_test'],
    },
    accounts: { listKeys: async () => [] },
    ids,
    inspector: options.inspector ?? createMediaInspector(tools),
    counter: createMemoryCounter(clock),
    links: {
      artifact: async (artifact: Artifact) => `https://files.test/${artifact.name}?token=${artifact.fileId}`,
      share: (job: JobView) => `https://files.test/share/${job.id}`,
    },
    jsonPool: options.jsonPool,
    safety: options.safety ?? uncheckedContent,
    faces: options.faces ?? { detect: async () => [] },
    ledger: jobs.ledger,
    publicUrl: 'https://polyreel.test',
    async download(request: { url: string; path: string; maxBytes: number; signal: AbortSignal }): Promise<void> {
      const source = options.downloads?.get(request.url);
      if (source === undefined)
        throw new DomainError('backend_unavailable', 'The server could not be reached', { code: 'network_error' });
      await copyFile(source, request.path);
    },
    clock,
    signals: jobs.signals,
    promptEnhancer: options.promptEnhancer ?? rulesEnhancer,
    isForbiddenHost: isForbiddenHostLiteral,
    makeScratch: options.makeScratch ?? scratch.make,
    randomBytes: testRandomBytes,
  };
  return { deps, clock, jobs, intake, library, scratch };
}
export type TestDeps<P> = Awaited<ReturnType<typeof createTestDeps<P>>>['deps'];

export interface SurfaceApp {
  readonly app: FastifyInstance;
  readonly clock: TestClock;
  readonly jobs: MemoryJobs;
  readonly intake: MemoryIntake;
  readonly library: MemoryLibrary;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Base URL of a real socket on loopback. */
  listen(): Promise<string>;
  /** Scratch folders of requests that are over; must be empty. */
  remainingScratch(): Promise<string[]>;
  close(): Promise<void>;
}

/** One surface behind a gateway such as the real one: routing, 404s and undecodable paths go to the surface. */
export async function buildSurfaceApp<P>(
  surface: TestableSurface<TestDeps<P>>,
  options: SurfaceAppOptions<P>,
): Promise<SurfaceApp> {
  const { deps, clock, jobs, intake, library, scratch } = await createTestDeps(options);
  const app = Fastify({
    logger: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 4096 },
    frameworkErrors: (_error, request, reply) => {
      void surface.answerNotFound(request, reply, deps);
    },
  });
  app.setNotFoundHandler((request, reply) => surface.answerNotFound(request, reply, deps));
  await app.register(async (scope) => surface.register(scope, deps));
  return {
    app,
    clock,
    jobs,
    intake,
    library,
    inject: (request) => app.inject(request),
    async listen() {
      if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
      const address: AddressInfo | string | null = app.server.address();
      if (typeof address !== 'object' || address === null) throw new Error('the test server has no address');
      return `http://127.0.0.1:${address.port}`;
    },
    remainingScratch: scratch.remaining,
    async close() {
      await app.close();
      await scratch.close();
    },
  };
}
