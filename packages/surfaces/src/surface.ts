import type {
  Accounts,
  ApiKeyStore,
  AuditBatch,
  AuditStore,
  TemplateStore,
  UserStore,
  AccountStore,
  Artifact,
  Authenticator,
  Clock,
  EndpointStore,
  Engine,
  FaceDetector,
  Files,
  IdSource,
  Intake,
  JobSignals,
  JobView,
  LedgerStore,
  LibraryFile,
  MediaInspector,
  PromptEnhancer,
  WindowCounter,
} from '@polyreel/core';
import type { ContentCheck } from '@polyreel/core/safety';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { MovedString, ScannedJson } from './json-body/index.ts';
import type { TimelineLanguage } from './timeline-language.ts';

/**
 * One foreign API: wire schemas, auth header, error words, status words, webhook dialect. Nothing else.
 * Not part of a surface: tables, planning, queues, signing, storage.
 */
export interface SurfaceDefinition<N extends string, S extends z.ZodObject> {
  readonly name: N;
  /** For people, e.g. in the banner. */
  readonly title: string;
  /** Keyed by full variable names, with defaults. */
  readonly settings: S;
  /** True for every path this surface answers, unknown ones below its prefix included. First match in registry order wins. */
  owns(path: string): boolean;
  /** Adds routes. Called inside an encapsulated context with its own error handler, parsers and hooks. */
  register(app: FastifyInstance, deps: SurfaceDeps, settings: z.infer<S>): Promise<void>;
  /** Answers what has no route, in the surface's own words. Authentication comes first where the surface says so. */
  answerNotFound(request: FastifyRequest, reply: FastifyReply, deps: SurfaceDeps, settings: z.infer<S>): Promise<unknown>;
  /** How this surface reports the end of a job; null: its documents know no webhook. */
  readonly webhook: WebhookDialect | null;
  /** It writes a row of the audit for every call itself. Elsewhere every change that a known caller makes leaves one. */
  readonly writesAudit?: boolean;
}

/** A surface with its settings: what the gateway mounts. */
export interface Surface extends Pick<SurfaceDefinition<string, z.ZodObject>, 'name' | 'title' | 'owns' | 'webhook'> {
  readonly writesAudit: boolean;
  register(app: FastifyInstance, deps: SurfaceDeps): Promise<void>;
  answerNotFound(request: FastifyRequest, reply: FastifyReply, deps: SurfaceDeps): Promise<unknown>;
}

export interface DefinedSurface<N extends string, S extends z.ZodObject> {
  readonly name: N;
  readonly settings: S;
  readonly webhook: WebhookDialect | null;
  bind(settings: z.infer<S>): Surface;
}

export function defineSurface<const N extends string, S extends z.ZodObject>(
  definition: SurfaceDefinition<N, S>,
): DefinedSurface<N, S> {
  const { name, title, settings: schema, webhook } = definition;
  return {
    name,
    settings: schema,
    webhook,
    bind: (settings) => ({
      name,
      title,
      webhook,
      writesAudit: definition.writesAudit ?? false,
      owns: (path) => definition.owns(path),
      register: (app, deps) => definition.register(app, deps, settings),
      answerNotFound: (request, reply, deps) => definition.answerNotFound(request, reply, deps, settings),
    }),
  };
}

export interface WebhookDialect {
  readonly scheme: 'bare-hex' | 'standard-webhooks';
  /** The JSON body; frozen at the first attempt. */
  body(job: JobView, links: ResultLinks, message: WebhookMessage, files: WebhookFiles): Promise<unknown>;
  /** The same about a file; absent: this surface tells nothing of files. */
  fileBody?(file: LibraryFile, message: WebhookMessage, files: WebhookFiles): Promise<unknown>;
}

/** Files that a message speaks of. */
export type WebhookFiles = Pick<Files, 'getMany' | 'sources' | 'publicLinks'>;

/** What is told to one receiver. */
export interface WebhookMessage {
  /** The same on every attempt; the Standard Webhooks header `webhook-id`. */
  readonly deliveryId: string;
  /** Domain event, e.g. `job.succeeded`. */
  readonly event: string;
  readonly createdAt: Date;
}

/** Absolute links to results. */
export interface ResultLinks {
  /** Signed, without headers, `expiresInSeconds` at most; the same link is reused until half of its life is gone. */
  artifact(artifact: Artifact): Promise<string>;
  /** A page for people; unguessable. */
  share(job: JobView): string;
}

/** A folder on local disk for one request. */
export interface ScratchFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Reads large JSON bodies beside the event loop. */
export interface JsonBodyPool {
  /**
   * `bodyPath` holds the raw body. Long strings are moved out of it: base64 data URIs are decoded strictly into files of
   * `scratchPath`, other texts are dropped. What is left is small, and cheap to parse where it is wanted. Throws SyntaxError for bad
   * JSON, DomainError `too_large` for JSON that is large without its long strings, and `overloaded` when no thread was free in time.
   */
  scan(request: { bodyPath: string; scratchPath: string; maxDataBytes: number }): Promise<ScannedJson>;
}

/** A parsed body. A string of `value` that is a key of `moved` stands for what is told there; nobody outside can forge one. */
export interface ParsedJson {
  readonly value: unknown;
  readonly moved: ReadonlyMap<string, MovedString>;
}

export interface SurfaceDeps {
  readonly engine: Engine;
  readonly authenticator: Authenticator;
  readonly intake: Intake;
  /** Files that the account sees: uploads and results. */
  readonly files: Files;
  /** Subscriptions to events. */
  readonly endpoints: EndpointStore;
  readonly endpointSecrets: {
    /** In the clear, for its owner, and as it is stored. */
    make(
      endpointId: string,
      own?: string,
    ): { readonly text: string; readonly stored: { readonly id: string; readonly sealed: string } };
    /** In the clear, newest first. */
    current(endpointId: string): Promise<readonly string[]>;
  };
  readonly accounts: Pick<AccountStore, 'listKeys'>;
  readonly ids: IdSource;
  readonly inspector: MediaInspector;
  readonly counter: WindowCounter;
  readonly links: ResultLinks;
  readonly jsonPool: JsonBodyPool;
  readonly clock: Clock;
  /** Changes of jobs, for status calls that wait. */
  readonly signals: JobSignals;
  /** Judges what a caller asks for. `engine` and `intake` ask it themselves; for texts that do not become part of a spec. */
  readonly safety: ContentCheck;
  readonly promptEnhancer: PromptEnhancer;
  readonly faces: FaceDetector;
  readonly ledger: Pick<LedgerStore, 'taken'>;
  /** People who sign in. */
  readonly people: Accounts;
  readonly users: Pick<UserStore, 'findBearer'>;
  readonly apiKeys: ApiKeyStore;
  readonly templates: TemplateStore;
  readonly audit: Pick<AuditStore, 'list'>;
  readonly auditBatch: AuditBatch;
  readonly timeline: TimelineLanguage;
  /** Lower-case hex. */
  sha256(text: string): string;
  /** Base of absolute links, without a slash at the end. */
  readonly publicUrl: string;
  /**
   * Fetches what a caller's URL names into a new file, guarded on every hop. Throws DomainError; `too_large` beyond `maxBytes`. A
   * failure leaves no file.
   */
  download(request: { url: string; path: string; maxBytes: number; signal: AbortSignal }): Promise<void>;
  /** True for a literal private, loopback or link-local address in any spelling; names are checked when connected. */
  isForbiddenHost(host: string): boolean;
  makeScratch(): Promise<ScratchFolder>;
  /** Unpredictable bytes. */
  randomBytes(size: number): Uint8Array;
}
