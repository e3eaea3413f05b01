import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';
import multipart from '@fastify/multipart';
import { type Authenticator, DomainError, type JobStore, type Principal, type ProvenanceRecord, StepError } from '@polyreel/core';
import type { VerifyReport } from '@polyreel/media/verify';
import { readKey, type ScratchFolder } from '@polyreel/surfaces';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface VerifyRoutesOptions {
  readonly authenticator: Authenticator;
  /** Names of the surfaces that are switched on. */
  readonly surfaces: readonly string[];
  readonly jobs: Pick<JobStore, 'findById'>;
  readonly maxBytes: number;
  makeScratch(): Promise<ScratchFolder>;
  assertFreeSpace(): Promise<void>;
  verify(file: { path: string; signal: AbortSignal }): Promise<VerifyReport>;
}

/** Looking at a film takes a core for seconds; more at once would starve everything else. */
const atOnceMax = 2;
const timeoutMs = 10 * 60_000;
const noFile = 'The body must be a film or a picture, or a form with one';

/**
 * `POST /verify` with a film or picture as its body, or as the one file of a form: C2PA state, hidden mark, films of this server that
 * look the same, and the job that made it. Somebody else's job is known by its day alone. Any key of the server.
 */
export const verifyRoutes =
  (options: VerifyRoutesOptions) =>
  async (app: FastifyInstance): Promise<void> => {
    let running = 0;
    app.removeAllContentTypeParsers();
    await app.register(multipart, { throwFileSizeLimit: false });
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    app.decorateRequest<Principal | null>('verifyPrincipal', null);
    app.route({
      method: 'POST',
      url: '/verify',
      bodyLimit: options.maxBytes,
      onRequest: async (request, reply) => {
        reply.header('Cache-Control', 'no-store');
        const key = readKey(request, 'bearer') ?? readKey(request, 'x-api-key');
        const principal = key === null ? null : await findPrincipal(key, options);
        if (!principal) return reply.status(401).header('WWW-Authenticate', 'Bearer').send({ error: 'Unauthorized' });
        request.setDecorator('verifyPrincipal', principal);
        // Who says beforehand that the body is too large need not send it.
        if (Number(request.headers['content-length']) > options.maxBytes)
          return reply.status(413).send({ error: `The file has more than ${options.maxBytes} bytes` });
        if (running >= atOnceMax) return busy(reply, 'Other files are being looked at');
      },
      handler: async (request, reply) => {
        const principal = request.getDecorator<Principal | null>('verifyPrincipal');
        if (!principal) return reply.status(401).send({ error: 'Unauthorized' });
        const isForm = request.isMultipart();
        if (!isForm && !(request.body instanceof Readable)) return reply.status(400).send({ error: noFile });
        running += 1;
        const scratch = await options.makeScratch();
        const gone = goneSignal(reply);
        try {
          await options.assertFreeSpace();
          const file = path.join(scratch.path, 'file');
          const source = isForm ? await fileOfForm(request) : request.body;
          if (!(source instanceof Readable)) return reply.status(400).send({ error: noFile });
          const sizeBytes = await receive(source, { file, maxBytes: options.maxBytes, signal: gone });
          if (sizeBytes === 0) return reply.status(400).send({ error: noFile });
          const report = await options.verify({ path: file, signal: gone });
          return await toAnswer(report, principal, options.jobs);
        } catch (error) {
          return refuse(reply, error);
        } finally {
          running -= 1;
          await scratch.remove();
        }
      },
    });
  };

const busy = (reply: FastifyReply, error: string): FastifyReply => reply.status(503).header('Retry-After', '10').send({ error });

/** A key may be bound to some surfaces; it is good here if it is on any. */
async function findPrincipal(key: string, { authenticator, surfaces }: VerifyRoutesOptions): Promise<Principal | null> {
  for (const surface of surfaces) {
    const principal = await authenticator.authenticate(key, surface);
    if (principal) return principal;
  }
  return null;
}

/** The first file of a form, under any name; null: it holds none. What comes before it is left out, what comes after it is not read. */
async function fileOfForm(request: FastifyRequest): Promise<Readable | null> {
  for await (const part of request.parts({
    limits: { files: 1, fields: 10, fieldSize: 64 * 1024, fileSize: Number.POSITIVE_INFINITY },
  }))
    if (part.type === 'file') return part.file;
  return null;
}

/** Writes bytes up to a limit to a file, however they came, and counts them. */
async function receive(
  source: Readable,
  { file, maxBytes, signal }: { file: string; maxBytes: number; signal: AbortSignal },
): Promise<number> {
  let seen = 0;
  const capped = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(new DomainError('too_large', `The file has more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
  await pipeline(source, capped, createWriteStream(file, { flags: 'wx' }), { signal });
  return seen;
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client is gone'));
  });
  return AbortSignal.any([controller.signal, AbortSignal.timeout(timeoutMs)]);
}

async function toAnswer(report: VerifyReport, principal: Principal, jobs: VerifyRoutesOptions['jobs']) {
  const known = async (record: ProvenanceRecord) => {
    const createdAt = record.createdAt.toISOString();
    if (record.accountId !== principal.accountId) return { is_yours: false, created_at: createdAt.slice(0, 10) };
    const job = await jobs.findById(record.jobId);
    return {
      ...{ is_yours: true, created_at: createdAt, job_id: record.jobId, watermark_id: record.watermarkId },
      ...{ fingerprint: record.fingerprint, manifest: record.manifest },
      job: job && { surface: job.surface, id: job.externalId, state: job.state, kind: job.kind, finished_at: job.finishedAt },
    };
  };
  const matches = report.matches.map(async ({ record, similarityRatio, agreedSeconds }) => ({
    similarity: Math.round(similarityRatio * 1000) / 1000,
    agreed_seconds: agreedSeconds,
    record: await known(record),
  }));
  return {
    file: { media_type: report.file.mediaType, size_bytes: report.file.sizeBytes },
    c2pa: report.c2pa,
    watermark: report.watermark,
    fingerprint: { matches: await Promise.all(matches) },
    found_by: report.found?.by ?? null,
    record: report.found && (await known(report.found.record)),
  };
}

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof DomainError && error.kind === 'too_large') return reply.status(413).send({ error: error.message });
  if (error instanceof DomainError && error.kind === 'unsupported_media') return reply.status(415).send({ error: error.message });
  if (error instanceof DomainError && error.kind === 'overloaded') return busy(reply, error.message);
  if (error instanceof StepError && !error.permanent) return busy(reply, error.publicMessage);
  throw error;
}
