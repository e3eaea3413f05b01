import { DomainError, type WakeupSender } from '@polyreel/core';
import type { MessageQueue, OpenedWorker, QueueBackend } from './backend.ts';
import { messageId, queueCatalog, type QueueName, queueNames, type Wakeup, wakeupSchema } from './catalog.ts';
import { createBulkSender } from './bulk-sender.ts';
import { createFaultReporter, type OnQueueFault } from './fault-reporter.ts';
import { openPostgresBackend } from './postgres-backend.ts';
import { openRedisBackend } from './redis-backend.ts';

export interface WakeupOptions {
  /** Redis or Valkey; absent or null: BullMQ's PostgreSQL backend in `databaseUrl`, schema `bullmq`, migrated here. */
  readonly redisUrl?: string | null;
  readonly databaseUrl: string;
  /** Keeps two installations on one server apart. */
  readonly prefix?: string;
  readonly onFault: OnQueueFault;
}

export interface Listener {
  /** Resolves once messages can arrive. */
  ready(): Promise<void>;
  /** Takes no more, waits for the handlers in hand, and ends even when the server is away. */
  close(): Promise<void>;
}

export interface Wakeups extends WakeupSender {
  /**
   * Sends a notice. Resolves when it is sent, and also when it is lost because the server is away: that is reported, costs one sweep
   * (5 s), and must never fail what was already committed. Throws only for a malformed `wakeup`.
   */
  notify(resource: QueueName, wakeup: Wakeup): Promise<void>;
  /** `handle` gets each notice once, up to `concurrency` at a time; what it throws is reported, and the notice is gone. */
  listen(resource: QueueName, handle: (wakeup: Wakeup) => Promise<void>, options: { concurrency: number }): Listener;
  /** Notices that wait, by queue. Throws while the server is away. */
  depth(): Promise<Record<QueueName, number>>;
  /** Throws DomainError `backend_unavailable` while the server is away. */
  ping(): Promise<void>;
  /** Closes listeners that are still open, then the connections; a second call waits for the first. */
  close(): Promise<void>;
}

const closeDeadlineMs = 3000;
const severedDeadlineMs = 1000;

/** Waits for the schema (PostgreSQL) or up to 5 s for a connection (Redis, which may come later). */
export async function createWakeups({ redisUrl, databaseUrl, prefix = 'polyreel', onFault }: WakeupOptions): Promise<Wakeups> {
  if (!/^[a-z0-9-]{1,40}$/.test(prefix)) throw new TypeError(`queue prefix ${JSON.stringify(prefix)} is not of a-z, 0-9 and -`);
  const report = createFaultReporter(onFault);
  const backend =
    redisUrl === undefined || redisUrl === null
      ? await openPostgresBackend({ databaseUrl, prefix, report })
      : await openRedisBackend({ redisUrl, prefix, report });
  const queues = new Map<QueueName, MessageQueue>();
  const senders = new Map<QueueName, (wakeup: Wakeup) => Promise<void>>();
  const listeners = new Set<Listener>();
  let closing: Promise<void> | undefined;

  const closeAll = async () => {
    await Promise.all([...listeners].map((listener) => listener.close()));
    await Promise.all([...queues.values()].map((queue) => queue.close().catch((error: unknown) => report('close', error))));
    await backend.close();
  };

  const queueOf = (resource: QueueName): MessageQueue => {
    const queue = queues.get(resource) ?? backend.openQueue(resource);
    if (!queues.has(resource)) {
      queue.on('error', (error) => report(`queue ${resource}`, error));
      queues.set(resource, queue);
    }
    return queue;
  };

  const senderOf = (resource: QueueName): ((wakeup: Wakeup) => Promise<void>) => {
    const known = senders.get(resource);
    if (known) return known;
    const sender = createBulkSender<Wakeup>(async (wakeups) => {
      try {
        await queueOf(resource).addBulk(
          wakeups.map((data) => ({
            name: resource,
            data,
            opts: { jobId: messageId(data), attempts: 1, removeOnComplete: true, removeOnFail: true },
          })),
        );
      } catch (error) {
        report(`notify ${resource}`, error);
      }
    });
    senders.set(resource, sender);
    return sender;
  };

  return {
    async notify(resource, wakeup) {
      const data = queueCatalog[resource].parse(wakeup);
      const outage = closing !== undefined ? 'the queue is closed' : backend.explainOutage();
      if (outage !== null) return report(`notify ${resource}`, new Error(`wake-up not sent: ${outage}`));
      await senderOf(resource)(data);
    },
    listen(resource, handle, { concurrency }) {
      const listener = openListener({
        backend,
        resource,
        handle,
        concurrency,
        report,
        onClosed: () => listeners.delete(listener),
      });
      listeners.add(listener);
      return listener;
    },
    async depth() {
      assertUp(backend);
      const [gpu = 0, cpu = 0, io = 0, webhook = 0, housekeeping = 0] = await Promise.all(
        queueNames.map((resource) => queueOf(resource).getWaitingCount()),
      );
      return { gpu, cpu, io, webhook, housekeeping };
    },
    async ping() {
      assertUp(backend);
      try {
        await backend.ping();
      } catch (cause) {
        throw new DomainError('backend_unavailable', 'the queue does not answer', { code: 'queue_unavailable', cause });
      }
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

function assertUp(backend: QueueBackend): void {
  const outage = backend.explainOutage();
  if (outage !== null)
    throw new DomainError('backend_unavailable', `the queue is away: ${outage}`, { code: 'queue_unavailable' });
}

interface ListenerParts {
  readonly backend: QueueBackend;
  readonly resource: QueueName;
  readonly handle: (wakeup: Wakeup) => Promise<void>;
  readonly concurrency: number;
  readonly report: (where: string, error: unknown) => void;
  readonly onClosed: () => void;
}

function openListener({ backend, resource, handle, concurrency, report, onClosed }: ListenerParts): Listener {
  const running = new Set<Promise<void>>();
  const opened: OpenedWorker = backend.openWorker(
    resource,
    async (job) => {
      const wakeup = wakeupSchema.safeParse(job.data);
      if (!wakeup.success) return report(`listen ${resource}`, new Error('a message of another form was dropped'));
      const run = handle(wakeup.data).catch((error: unknown) => report(`handle ${resource}`, error));
      running.add(run);
      await run;
      running.delete(run);
    },
    concurrency,
  );
  opened.worker.on('error', (error) => report(`listen ${resource}`, error));
  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = opened.worker.close().catch((error: unknown) => report(`close ${resource}`, error));
    await Promise.all(running);
    // A worker whose server is away waits for it; once our handlers are done there is nothing worth waiting for.
    if (!(await endsWithin(closed, closeDeadlineMs))) {
      opened.sever();
      if (!(await endsWithin(closed, severedDeadlineMs)))
        report(`close ${resource}`, new Error('the listener did not close in time'));
    }
    onClosed();
  };
  return {
    ready: () => opened.worker.waitUntilReady(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function endsWithin(work: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}
