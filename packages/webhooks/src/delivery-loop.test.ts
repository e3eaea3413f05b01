import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { scaled } from '@polyreel/testkit/scale';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryDeliveryStore } from '../test/memory-delivery-store.ts';
import { plainFetch } from '../test/plain-fetch.ts';
import { startReceiver } from '../test/receiver.ts';
import { DeliveryLoop, type DeliveryLoopOptions, generateWebhookSecret } from './index.ts';

const secret = generateWebhookSecret();

describe('DeliveryLoop', () => {
  let memory: ReturnType<typeof createMemoryDeliveryStore>;
  let faults: string[];
  const closing: (() => Promise<void>)[] = [];
  beforeEach(() => {
    memory = createMemoryDeliveryStore();
    faults = [];
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  const receive = async (answer: Parameters<typeof startReceiver>[0]) => {
    const receiver = await startReceiver(answer);
    closing.push(receiver.close);
    return receiver;
  };
  /** Also gives `recorded(n)`: n attempts have been written. */
  const open = (options: Partial<DeliveryLoopOptions> = {}) => {
    const outcomes: string[] = [];
    const waiting = new Set<() => void>();
    const loop = new DeliveryLoop({
      store: memory.store,
      prepare: async ({ deliveryId }) => ({
        scheme: 'bare-hex',
        protocols: ['http:'],
        secrets: [secret],
        makeBody: async () => JSON.stringify({ made: deliveryId }),
      }),
      fetch: plainFetch,
      clock: { now: () => new Date() },
      random: () => 0.5,
      sweepMs: 3_600_000,
      onFault: (where, error) => faults.push(`${where}: ${error instanceof Error ? error.message : String(error)}`),
      onOutcome: ({ deliveryId }, { verdict }) => {
        outcomes.push(`${deliveryId} ${verdict.kind}`);
        for (const look of waiting) look();
      },
      ...options,
    });
    closing.unshift(() => loop.stop({ graceMs: 0 }));
    const recorded = (count: number) =>
      new Promise<string[]>((resolve) => {
        const look = () => {
          if (outcomes.length >= count) resolve([...outcomes]);
        };
        waiting.add(look);
        look();
      });
    return { loop, outcomes, recorded };
  };

  it('sends what is due at start and what becomes due at a wake-up, each once', async () => {
    const receiver = await receive((response) => response.writeHead(200).end());
    const count = scaled(200);
    for (let index = 0; index < count; index += 1) memory.add(`dlv_${index}`, receiver.url);
    const { loop, recorded } = open();
    loop.start();
    await recorded(count);
    memory.add('dlv_late', receiver.url);
    loop.wake();
    expect((await recorded(count + 1)).at(-1)).toBe('dlv_late delivered');
    const ids = receiver.posts.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(count + 1);
    expect(ids).toHaveLength(count + 1);
    expect(faults).toEqual([]);
  });

  it('tries again by the schedule with the body of the first attempt', async () => {
    let made = 0;
    const receiver = await receive((response, _post, index) => response.writeHead(index < 2 ? 503 : 200).end());
    memory.add('dlv_1', receiver.url);
    const { loop, recorded } = open({
      prepare: async () => ({
        scheme: 'bare-hex',
        protocols: ['http:'],
        secrets: [secret],
        makeBody: async () => {
          made += 1;
          return JSON.stringify({ made });
        },
      }),
    });
    loop.start();
    await recorded(1);
    loop.wake();
    memory.advance(4);
    loop.wake();
    await loop.stop({ graceMs: 10_000 });
    expect(receiver.posts).toHaveLength(1);
    const second = open();
    memory.advance(1);
    second.loop.start();
    await second.recorded(1);
    memory.advance(300);
    second.loop.wake();
    expect(await second.recorded(2)).toEqual(['dlv_1 retry', 'dlv_1 delivered']);
    expect(receiver.posts.map(({ body }) => body.toString())).toEqual(['{"made":1}', '{"made":1}', '{"made":1}']);
    expect(receiver.posts.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(['1', '2', '3']);
    expect(memory.find('dlv_1')).toMatchObject({ state: 'delivered', attempts: 3 });
    expect(memory.find('dlv_1').rows.map(({ statusCode }) => statusCode)).toEqual([503, 503, 200]);
  });

  it('lets a receiver that hangs hold up nobody else, and gives it at most two places', async () => {
    const held: ServerResponse[] = [];
    let hangs = true;
    const hanging = await receive((response) => {
      if (hangs) held.push(response);
      else response.writeHead(200).end();
    });
    const healthy = await receive((response) => response.writeHead(200).end());
    const count = scaled(100);
    for (let index = 0; index < count; index += 1) memory.add(`dlv_hanging_${index}`, hanging.url);
    for (let index = 0; index < count; index += 1) memory.add(`dlv_healthy_${index}`, healthy.url);
    const { loop, outcomes, recorded } = open({ placesMax: 4 });
    loop.start();
    await recorded(count);
    expect(outcomes.every((outcome) => outcome.startsWith('dlv_healthy_'))).toBe(true);
    expect(hanging.posts.length).toBeLessThanOrEqual(2);
    // Once it answers again, its own go out too.
    hangs = false;
    for (const response of held) response.writeHead(200).end();
    await recorded(2 * count);
    expect(hanging.posts).toHaveLength(count);
    expect(faults).toEqual([]);
  });

  it('never holds more attempts than it has places', async () => {
    let openCount = 0;
    let most = 0;
    const receivers = await Promise.all(
      Array.from({ length: 6 }, () =>
        receive((response) => {
          openCount += 1;
          most = Math.max(most, openCount);
          setImmediate(() => {
            openCount -= 1;
            response.writeHead(200).end();
          });
        }),
      ),
    );
    for (const [index, { url }] of receivers.entries()) for (let n = 0; n < 5; n += 1) memory.add(`dlv_${index}_${n}`, url);
    const { loop, recorded } = open({ placesMax: 3 });
    loop.start();
    await recorded(30);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('counts a fault of our own side as an attempt, reports it and goes on', async () => {
    const receiver = await receive((response) => response.writeHead(200).end());
    memory.add('dlv_broken', receiver.url);
    memory.add('dlv_unsigned', receiver.url);
    memory.add('dlv_good', receiver.url);
    const { loop, recorded } = open({
      prepare: async ({ deliveryId }) => {
        if (deliveryId === 'dlv_broken') throw new Error('no dialect');
        return {
          scheme: 'bare-hex',
          protocols: ['http:'],
          secrets: deliveryId === 'dlv_unsigned' ? [] : [secret],
          makeBody: async () => '{}',
        };
      },
    });
    loop.start();
    expect((await recorded(3)).sort()).toEqual(['dlv_broken retry', 'dlv_good delivered', 'dlv_unsigned retry']);
    expect(memory.find('dlv_broken').rows).toMatchObject([{ attempt: 1, statusCode: null, errorCode: 'not_sent' }]);
    expect(faults.sort()).toEqual(['prepare dlv_broken: no dialect', 'prepare dlv_unsigned: the account has no webhook secret']);
    expect(receiver.posts).toHaveLength(1);
  });

  it('goes on after the store failed', async () => {
    const receiver = await receive((response) => response.writeHead(200).end());
    memory.add('dlv_1', receiver.url);
    let failures = 2;
    const { loop, recorded } = open({
      store: {
        ...memory.store,
        claim: async (query) => {
          failures -= 1;
          if (failures >= 0) throw new Error('the database is away');
          return memory.store.claim(query);
        },
      },
      sweepMs: 5,
    });
    loop.start();
    expect(await recorded(1)).toEqual(['dlv_1 delivered']);
    expect(faults).toEqual(['claim: the database is away', 'claim: the database is away']);
  });

  it('writes nothing when its lease was lost meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const receiver = await receive(resolve);
    memory.add('dlv_1', receiver.url);
    const { loop, outcomes } = open();
    loop.start();
    const response = await promise;
    memory.lapseLeases();
    memory.advance(-1);
    response.writeHead(200).end();
    await loop.stop({ graceMs: 60_000 });
    expect(outcomes).toEqual([]);
    expect(memory.find('dlv_1')).toMatchObject({ state: 'pending', attempts: 1, rows: [] });
  });

  it('lets attempts in hand end on stop, and takes no more', async () => {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const receiver = await receive(resolve);
    memory.add('dlv_1', receiver.url);
    const { loop, outcomes } = open();
    loop.start();
    const response = await promise;
    const stopped = loop.stop({ graceMs: 60_000 });
    memory.add('dlv_2', receiver.url);
    loop.wake();
    response.writeHead(200).end();
    await stopped;
    expect(outcomes).toEqual(['dlv_1 delivered']);
    expect(memory.find('dlv_2')).toMatchObject({ attempts: 0, leaseToken: null });
    expect(() => loop.start()).toThrow(/does not start again/);
  });

  it('breaks off what lasts longer than the grace, hands it back, and the attempt does not count', async () => {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const receiver = await receive(resolve);
    memory.add('dlv_1', receiver.url);
    const { loop, outcomes } = open();
    loop.start();
    const closed = once(await promise, 'close');
    await loop.stop({ graceMs: 0 });
    await closed;
    expect(outcomes).toEqual([]);
    expect(memory.find('dlv_1')).toMatchObject({ state: 'pending', attempts: 0, leaseToken: null, rows: [] });
    expect(memory.find('dlv_1').body).toBe('{"made":"dlv_1"}');
  });
});
