import { DomainError } from '@polyreel/core';
import { scaled } from '@polyreel/testkit/scale';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresBackend, startRedisBackend, type TestBackend } from '../test/backends.ts';
import { createInbox, until } from '../test/until.ts';
import { createWakeups, type QueueFault, queueNames, type Wakeup, type Wakeups } from './index.ts';

describe.each([
  ['redis', startRedisBackend],
  ['postgres', startPostgresBackend],
])('wake-ups over %s', (_name, startBackend) => {
  let backend: TestBackend;
  const opened: Wakeups[] = [];
  const faults: QueueFault[] = [];
  let prefixes = 0;
  let prefix = '';
  const open = async (options: { prefix?: string } = {}) => {
    const wakeups = await createWakeups({ ...backend.options, prefix, onFault: (fault) => faults.push(fault), ...options });
    opened.push(wakeups);
    return wakeups;
  };
  const notice = (index: number): Wakeup => ({ stepId: `stp_${index}`, attempt: 1 });

  beforeAll(async () => {
    backend = await startBackend();
  });
  afterAll(() => backend.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((wakeups) => wakeups.close()));
    faults.length = 0;
    prefixes += 1;
    prefix = `test-${prefixes}`;
  });
  prefix = 'test-0';

  it('hands every notice to exactly one of several listeners in two processes', async () => {
    const [one, two] = [await open(), await open()];
    const inbox = createInbox<string>();
    for (const wakeups of [one, two]) {
      await wakeups.listen('cpu', async ({ stepId }) => inbox.put(stepId), { concurrency: 3 }).ready();
    }
    const count = scaled(400);
    await Promise.all(Array.from({ length: count }, (_, index) => (index % 2 === 0 ? one : two).notify('cpu', notice(index))));
    await inbox.take(count);
    await until('an empty queue', async () => ((await one.depth()).cpu === 0 ? true : undefined));
    await Promise.all([one.close(), two.close()]);
    expect([...inbox.values].sort()).toEqual(Array.from({ length: count }, (_, index) => `stp_${index}`).sort());
    expect(faults).toEqual([]);
  });

  it('hands over what was sent, and keeps resources apart', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    for (const resource of queueNames) {
      wakeups.listen(resource, async (wakeup) => inbox.put(`${resource} ${wakeup.stepId} ${wakeup.attempt}`), { concurrency: 1 });
    }
    for (const [index, resource] of queueNames.entries())
      await wakeups.notify(resource, { stepId: `stp_${resource}`, attempt: index });
    expect((await inbox.take(queueNames.length)).sort()).toEqual(
      queueNames.map((resource, index) => `${resource} stp_${resource} ${index}`).sort(),
    );
  });

  it('counts waiting notices, two of one attempt as one, and takes the same one again once it is gone', async () => {
    const wakeups = await open();
    await wakeups.notify('gpu', { stepId: 'stp_a', attempt: 1 });
    await wakeups.notify('gpu', { stepId: 'stp_a', attempt: 1 });
    await wakeups.notify('gpu', { stepId: 'stp_a', attempt: 2 });
    await wakeups.notify('io', { stepId: 'stp_a', attempt: 1 });
    expect(await wakeups.depth()).toEqual({ gpu: 2, cpu: 0, io: 1, webhook: 0, housekeeping: 0 });
    const inbox = createInbox<number>();
    wakeups.listen('gpu', async ({ attempt }) => inbox.put(attempt), { concurrency: 1 });
    await inbox.take(2);
    // The message is removed just after its handler ends; until then a second notice of it is the same message.
    await until('the notice again', async () => {
      await wakeups.notify('gpu', { stepId: 'stp_a', attempt: 1 });
      return inbox.values.length >= 3 ? true : undefined;
    });
    expect(inbox.values.slice(0, 3)).toEqual([1, 2, 1]);
  });

  it('runs at most `concurrency` handlers at once', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    let running = 0;
    let most = 0;
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handle = async ({ stepId }: Wakeup) => {
      running += 1;
      most = Math.max(most, running);
      await gate;
      running -= 1;
      inbox.put(stepId);
    };
    wakeups.listen('cpu', handle, { concurrency: 3 });
    const count = scaled(40);
    for (let index = 0; index < count; index += 1) await wakeups.notify('cpu', notice(index));
    await until('three at once', () => (running === 3 ? true : undefined));
    expect((await wakeups.depth()).cpu).toBe(count - 3);
    release();
    await inbox.take(count);
    expect(most).toBe(3);
  });

  it('reports what a handler throws, drops that notice and goes on', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    const handle = async ({ stepId }: Wakeup) => {
      inbox.put(stepId);
      if (stepId === 'stp_0') throw new Error('a broken step');
    };
    wakeups.listen('io', handle, { concurrency: 1 });
    await wakeups.notify('io', notice(0));
    await wakeups.notify('io', notice(1));
    expect(await inbox.take(2)).toEqual(['stp_0', 'stp_1']);
    expect(faults).toMatchObject([{ where: 'handle io', error: { message: 'a broken step' } }]);
    expect((await wakeups.depth()).io).toBe(0);
    await wakeups.close();
    expect(inbox.values).toHaveLength(2);
  });

  it('refuses a malformed notice and an odd prefix at the door', async () => {
    const wakeups = await open();
    await expect(wakeups.notify('gpu', { stepId: 'stp:1', attempt: 1 })).rejects.toThrow(/stepId/);
    await expect(wakeups.notify('gpu', { stepId: 'stp_1', attempt: -1 })).rejects.toThrow(/attempt/);
    await expect(createWakeups({ ...backend.options, prefix: 'a:b', onFault: () => {} })).rejects.toThrow(/prefix/);
  });

  it('keeps two installations on one server apart by their prefix', async () => {
    const [one, two] = [await open({ prefix: 'one' }), await open({ prefix: 'two' })];
    await one.notify('gpu', notice(1));
    expect((await one.depth()).gpu).toBe(1);
    expect((await two.depth()).gpu).toBe(0);
  });

  it('waits on close for the handlers in hand and takes nothing after it', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handle = async ({ stepId }: Wakeup) => {
      inbox.put(`begin ${stepId}`);
      await gate;
      inbox.put(`end ${stepId}`);
    };
    const listener = wakeups.listen('gpu', handle, { concurrency: 1 });
    await wakeups.notify('gpu', notice(1));
    await inbox.take(1);
    await wakeups.notify('gpu', notice(2));
    const closed = listener.close().then(() => inbox.put('closed'));
    release();
    await closed;
    expect(inbox.values).toEqual(['begin stp_1', 'end stp_1', 'closed']);
    expect((await wakeups.depth()).gpu).toBe(1);
    const second = wakeups.listen('gpu', async ({ stepId }) => inbox.put(stepId), { concurrency: 1 });
    await inbox.take(4);
    expect(inbox.values[3]).toBe('stp_2');
    await Promise.all([second.close(), second.close()]);
  });

  it('survives a flushed server: waiting notices are lost, the listeners hear the next one', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handle = async ({ stepId }: Wakeup) => {
      inbox.put(stepId);
      await gate;
    };
    await wakeups.listen('gpu', handle, { concurrency: 1 }).ready();
    await wakeups.notify('gpu', notice(1));
    await inbox.take(1);
    await wakeups.notify('gpu', notice(2));
    await backend.flush();
    expect((await wakeups.depth()).gpu).toBe(0);
    release();
    await wakeups.notify('gpu', notice(3));
    expect(await inbox.take(2)).toEqual(['stp_1', 'stp_3']);
  });

  it('survives a lost connection: notices sent meanwhile are reported, later ones arrive', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    await wakeups.listen('gpu', async ({ stepId }) => inbox.put(stepId), { concurrency: 2 }).ready();
    await wakeups.notify('gpu', notice(1));
    await inbox.take(1);
    await backend.proxy.cut();
    await until('a failing ping', () =>
      wakeups.ping().then(
        () => undefined,
        (error: unknown) => error,
      ),
    ).then((error) => {
      expect(error).toBeInstanceOf(DomainError);
      expect(error).toMatchObject({ kind: 'backend_unavailable', code: 'queue_unavailable' });
    });
    await wakeups.notify('gpu', notice(2));
    expect(faults.map(({ where }) => where)).toContain('notify gpu');
    await expect(wakeups.depth()).rejects.toThrow();
    await backend.proxy.resume();
    await until('a ping', () =>
      wakeups.ping().then(
        () => true,
        () => undefined,
      ),
    );
    await wakeups.notify('gpu', notice(3));
    expect(await inbox.take(2)).toEqual(['stp_1', 'stp_3']);
    // However often the connections tried, the log holds each complaint once.
    expect(faults.length).toBeLessThan(25);
  });

  it('survives a restart of the server', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    for (const resource of ['gpu', 'cpu'] as const) {
      await wakeups.listen(resource, async ({ stepId }) => inbox.put(stepId), { concurrency: 2 }).ready();
    }
    await wakeups.notify('gpu', notice(1));
    await inbox.take(1);
    await backend.restart();
    await until('a ping', () =>
      wakeups.ping().then(
        () => true,
        () => undefined,
      ),
    );
    // A notice may still meet a connection that died: the sweep sends it again, and so do we.
    await until('a notice', async () => {
      await wakeups.notify('gpu', notice(2));
      return inbox.values.includes('stp_2') ? true : undefined;
    });
    await until('a notice', async () => {
      await wakeups.notify('cpu', notice(3));
      return inbox.values.includes('stp_3') ? true : undefined;
    });
    expect(faults.length).toBeLessThan(25);
  });

  it('ends a close while the server is away, with a handler in hand', async () => {
    const wakeups = await open();
    const inbox = createInbox<string>();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handle = async ({ stepId }: Wakeup) => {
      inbox.put(stepId);
      await gate;
    };
    wakeups.listen('gpu', handle, { concurrency: 1 });
    wakeups.listen('cpu', async () => {}, { concurrency: 1 });
    await wakeups.notify('gpu', notice(1));
    await inbox.take(1);
    await backend.proxy.cut();
    const closed = wakeups.close();
    release();
    await closed;
    await backend.proxy.resume();
    await wakeups.notify('gpu', notice(2));
    expect(faults.at(-1)).toMatchObject({ where: 'notify gpu', error: { message: 'wake-up not sent: the queue is closed' } });
  });
});

describe('wake-ups over a server that is not there at boot', () => {
  it('redis: starts, reports, and works once the server is up', async () => {
    const backend = await startRedisBackend();
    await backend.proxy.cut();
    const faults: QueueFault[] = [];
    const wakeups = await createWakeups({ ...backend.options, onFault: (fault) => faults.push(fault) });
    const inbox = createInbox<string>();
    wakeups.listen('gpu', async ({ stepId }) => inbox.put(stepId), { concurrency: 1 });
    await wakeups.notify('gpu', { stepId: 'stp_1', attempt: 1 });
    expect(faults.map(({ where }) => where)).toEqual(expect.arrayContaining(['redis', 'notify gpu']));
    await backend.proxy.resume();
    await until('a ping', () =>
      wakeups.ping().then(
        () => true,
        () => undefined,
      ),
    );
    await wakeups.notify('gpu', { stepId: 'stp_2', attempt: 1 });
    expect(await inbox.take(1)).toEqual(['stp_2']);
    await wakeups.close();
    await backend.stop();
  });

  it('postgres: says so, because nothing works without the database', async () => {
    await expect(createWakeups({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', onFault: () => {} })).rejects.toThrow(
      /ECONNREFUSED/,
    );
  });
});
