import { type JobChange, type JobPreview, jobStates } from '@polyreel/core';
import pg from 'pg';
import { z } from 'zod';

/** A change of a job. */
export type JobSignal = JobChange;

/** What is announced, by channel. The triggers of the first migration write these payloads. */
export interface Signals {
  readonly jobs: JobSignal;
  /** A key or an account changed, by id. */
  readonly keys: { readonly id: string };
  /** A running job is to be cancelled; told by whoever asks for it, so that workers need not find out by themselves. */
  readonly cancels: { readonly id: string };
  /** Pictures of work in hand; announced by workers, not by a trigger. */
  readonly previews: JobPreview;
}
export type Channel = keyof Signals;

const signalSchemas: { readonly [C in Channel]: z.ZodType<Signals[C]> } = {
  jobs: z.object({
    id: z.string(),
    version: z.int(),
    state: z.enum(jobStates),
    progressRatio: z.number(),
    eventSeq: z.int(),
  }),
  keys: z.object({ id: z.string() }),
  cancels: z.object({ id: z.string() }),
  previews: z.object({ jobId: z.string(), objectKey: z.string(), version: z.int() }),
};

/** Null: the connection was down, anything may have changed. */
export type SignalHandler<C extends Channel> = (signal: Signals[C] | null) => void;

export interface ListenerOptions {
  readonly url: string;
  readonly onError: (error: unknown) => void;
  /** Called with every change of `isListening()`. */
  readonly onState?: (isUp: boolean) => void;
  /** How often the silent connection is asked whether it is alive; default 5000. */
  readonly checkMs?: number;
}

export interface Listener {
  /** Resolves when announcements arrive, or at once while the connection is down. Returns what ends the subscription. */
  listen<C extends Channel>(channel: C, handler: SignalHandler<C>): Promise<() => void>;
  /** True while every subscribed channel is heard. What was remembered under announcements counts only then. */
  isListening(): boolean;
  close(): Promise<void>;
}

const answerMs = 3000;
const pauseMs = { first: 100, most: 5000 } as const;

interface Subscription {
  readonly channel: Channel;
  hear(payload: string | null): void;
}

/** One connection for all channels; when it breaks it is made anew, with growing pauses, until closed. */
export function createListener(options: ListenerOptions): Listener {
  const subscriptions = new Set<Subscription>();
  let client: pg.Client | null = null;
  /** Channels that the present connection hears. */
  let heard = new Set<Channel>();
  let isUp = false;
  let isClosed = false;
  let isFirst = true;
  let pause: number = pauseMs.first;
  let timer: NodeJS.Timeout | undefined;

  const setUp = (next: boolean): void => {
    if (isUp === next) return;
    isUp = next;
    options.onState?.(next);
  };

  const hear = (channel: string, payload: string | null): void => {
    for (const subscription of subscriptions) {
      if (channelName(subscription.channel) !== channel) continue;
      try {
        subscription.hear(payload);
      } catch (error) {
        options.onError(error);
      }
    }
  };

  const unheard = (known: ReadonlySet<Channel>): Channel | undefined =>
    [...subscriptions].find((subscription) => !known.has(subscription.channel))?.channel;

  const drop = (broken: pg.Client, error?: unknown): void => {
    if (client !== broken) return;
    client = null;
    isFirst = false;
    setUp(false);
    clearTimeout(timer);
    void broken.end().catch(() => undefined);
    if (isClosed) return;
    if (error !== undefined) options.onError(error);
    timer = setTimeout(() => void connect(), pause);
    pause = Math.min(pause * 2, pauseMs.most);
  };

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: 'polyreel listener',
      keepAlive: true,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
    });
    client = next;
    next.on('error', (error) => drop(next, error));
    next.on('end', () => drop(next, new Error('the listening connection ended')));
    next.on('notification', (message) => hear(message.channel, message.payload ?? ''));
    try {
      await next.connect();
      const fresh = new Set<Channel>();
      for (let channel = unheard(fresh); channel !== undefined; channel = unheard(fresh)) {
        await next.query(listenText(channel));
        fresh.add(channel);
      }
      heard = fresh;
    } catch (error) {
      drop(next, error);
      return;
    }
    if (client !== next) return;
    pause = pauseMs.first;
    setUp(true);
    // What was announced in between is lost.
    if (!isFirst) for (const channel of channels) hear(channelName(channel), null);
    isFirst = false;
    check(next);
  };

  const check = (current: pg.Client): void => {
    timer = setTimeout(() => {
      current.query('SELECT 1').then(
        () => {
          if (client === current) check(current);
        },
        (error: unknown) => drop(current, error),
      );
    }, options.checkMs ?? 5000);
    timer.unref();
  };

  /** While the connection is down or being made, `connect` asks for the channel. */
  const subscribe = async (subscription: Subscription): Promise<void> => {
    subscriptions.add(subscription);
    const current = client;
    if (current === null || !isUp || heard.has(subscription.channel)) return;
    try {
      await current.query(listenText(subscription.channel));
      if (client === current) heard.add(subscription.channel);
    } catch (error) {
      drop(current, error);
    }
  };

  const ready = connect();
  return {
    async listen(channel, handler) {
      const subscription: Subscription = {
        channel,
        hear: (payload) => handler(payload === null ? null : parseSignal(channel, payload)),
      };
      await ready;
      await subscribe(subscription);
      return () => {
        subscriptions.delete(subscription);
      };
    },
    isListening: () => isUp && unheard(heard) === undefined,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await ready;
      const last = client;
      client = null;
      setUp(false);
      await last?.end().catch(() => undefined);
    },
  };
}

const channels: readonly Channel[] = ['jobs', 'keys', 'cancels', 'previews'];
export const channelName = (channel: Channel): string => `polyreel_${channel}`;
const listenText = (channel: Channel): string => `LISTEN ${channelName(channel)}`;

function parseSignal<C extends Channel>(channel: C, payload: string): Signals[C] {
  return signalSchemas[channel].parse(JSON.parse(payload));
}
