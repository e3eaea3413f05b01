import type { JobChange, JobEvent, JobPreview, JobView } from '@polyreel/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultTimes, streamJob } from './stream-job.ts';

const job: JobView = {
  id: 'job_1',
  accountId: 'usr_1',
  keyId: 'key_1',
  surface: 'some-api',
  externalId: 'run_1',
  kind: 'generate',
  state: 'running',
  progressRatio: 0.1,
  clientRef: null,
  error: null,
  artifacts: [],
  warnings: [],
  runners: [],
  retries: 0,
  milestonesDone: 0,
  milestonesTotal: 1,
  callbackUrl: null,
  cancelRequestedAt: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  startedAt: null,
  finishedAt: null,
  version: 2,
};
const event = (seq: number, type: JobEvent['type']): JobEvent => ({
  jobId: job.id,
  seq,
  type,
  data: null,
  createdAt: new Date(0),
});

/** A job whose rows and signals the test holds in its hand. */
function startStream(afterSeq: number) {
  const stored = { view: job, events: [event(1, 'job.queued'), event(2, 'job.started')] };
  const hears = new Set<(change: JobChange | null) => void>();
  const sees = new Set<(preview: JobPreview) => void>();
  const stopped = new AbortController();
  const gone = new AbortController();
  const stream = streamJob({
    job,
    jobs: {
      findById: async () => stored.view,
      events: async (query) => stored.events.filter(({ seq }) => seq > query.afterSeq).slice(0, query.limit),
    },
    signals: {
      watch(_jobId, hear) {
        hears.add(hear);
        return () => hears.delete(hear);
      },
      stopped: stopped.signal,
    },
    previews: {
      signals: {
        watch(_jobId, see) {
          sees.add(see);
          return () => sees.delete(see);
        },
      },
      link: async ({ objectKey }) => `https://files.example/${objectKey}`,
    },
    afterSeq,
    gone: gone.signal,
    times: defaultTimes,
  });
  const progress = (progressRatio: number): void => {
    for (const hear of hears) hear({ id: job.id, version: 3, state: 'running', progressRatio, eventSeq: 2 });
  };
  const preview = (version: number): void => {
    for (const see of sees) see({ jobId: job.id, objectKey: 'jobs/1/preview.jpg', version });
  };
  return { stream, stored, hears, sees, stopped, gone, progress, preview };
}

const kindOf = (frame: { value: string | undefined }): string => /^event: (\w+)$|^:/m.exec(frame.value ?? '')?.[0] ?? 'closed';

describe('streamJob', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends progress at most twice a second, and only the latest', async () => {
    const { stream, progress, gone } = startStream(2);
    expect((await stream.next()).value).toContain('"progress":0.1}');
    const sent: string[] = [];
    const reading = (async () => {
      for await (const text of stream) sent.push(text);
    })();
    for (let percent = 11; percent <= 90; percent += 1) {
      progress(percent / 100);
      await vi.advanceTimersByTimeAsync(50);
    }
    // 80 announcements in 4 s.
    expect(sent.length).toBeGreaterThanOrEqual(7);
    expect(sent.length).toBeLessThanOrEqual(8);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.at(-1)).toContain('"progress":0.9}');
    gone.abort();
    await reading;
  });

  it('sends pictures of the work in hand as links, and of several at once only the newest', async () => {
    const { stream, preview } = startStream(2);
    await stream.next();
    const following = stream.next();
    preview(1);
    preview(2);
    const { value } = await following;
    expect(value).toBe(
      'event: preview\ndata: {"id":"run_1","job":"job_1","url":"https://files.example/jobs/1/preview.jpg","version":2}\n\n',
    );
    const next = stream.next();
    preview(3);
    expect((await next).value).toContain('"version":3}');
  });

  it('never lets progress fall', async () => {
    const { stream, progress } = startStream(2);
    await stream.next();
    const following = stream.next();
    await vi.advanceTimersByTimeAsync(600);
    progress(0.05);
    await vi.advanceTimersByTimeAsync(600);
    progress(0.3);
    expect((await following).value).toContain('"progress":0.3}');
  });

  it('sends a comment after 15 s of silence', async () => {
    const { stream } = startStream(2);
    await stream.next();
    const following = stream.next();
    await vi.advanceTimersByTimeAsync(14_900);
    expect(await Promise.race([following, Promise.resolve('nothing yet')])).toBe('nothing yet');
    await vi.advanceTimersByTimeAsync(200);
    expect((await following).value).toMatch(/^:.*\n\n$/);
  });

  it('finds an end whose signal was lost, and an end that fell between its two reads', async () => {
    const { stream, stored } = startStream(2);
    await stream.next();
    const following = stream.next();
    stored.events.push(event(3, 'job.succeeded'));
    await vi.advanceTimersByTimeAsync(defaultTimes.lookMs);
    expect((await following).value).toContain('"state":"succeeded"');
    stored.view = { ...job, state: 'succeeded' };
    const rest: string[] = [];
    for await (const text of stream) rest.push(kindOf({ value: text }));
    expect(rest).toEqual(['event: end']);
  });

  it('tells every state of a long story once', async () => {
    const { stream, stored } = startStream(0);
    stored.view = { ...job, state: 'failed' };
    stored.events = Array.from({ length: 250 }, (_, index) => event(index + 1, 'job.started'));
    const ids: number[] = [];
    for await (const text of stream) if (text.startsWith('id: ')) ids.push(Number(/^id: (\d+)/.exec(text)?.[1]));
    expect(ids).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  });

  it.each(['gone', 'stopped'] as const)('is over, watch and all, when the client or the process is %s', async (why) => {
    const all = startStream(2);
    await all.stream.next();
    const following = all.stream.next();
    await vi.advanceTimersByTimeAsync(1000);
    expect([all.hears.size, all.sees.size]).toEqual([1, 1]);
    all[why].abort();
    expect((await following).done).toBe(true);
    expect([all.hears.size, all.sees.size]).toEqual([0, 0]);
  });
});
