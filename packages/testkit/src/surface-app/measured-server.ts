import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

const listeningSchema = z.object({ url: z.string() });
const peakSchema = z.object({ rssBytesMax: z.number(), loopBusyMsMax: z.number() });
/**
 * The most that a process needed for a while: memory, and processor time of the event loop's thread between two ticks of a timer. The
 * latter is what a blocked loop is made of, and unlike a delay it does not grow when other processes take the processor.
 */
export type Peak = z.infer<typeof peakSchema>;

const tickMs = 10;

/** For the program of a process that is measured: listens, tells its parent, and answers each of its questions with a peak. */
export async function serveMeasured(listen: () => Promise<string>): Promise<void> {
  let peak: Peak = { rssBytesMax: 0, loopBusyMsMax: 0 };
  let before = process.threadCpuUsage();
  setInterval(() => {
    const used = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    peak = {
      rssBytesMax: Math.max(peak.rssBytesMax, process.memoryUsage.rss()),
      loopBusyMsMax: Math.max(peak.loopBusyMsMax, (used.user + used.system) / 1000),
    };
  }, tickMs);
  process.on('message', () => {
    process.send?.({ ...peak, rssBytesMax: Math.max(peak.rssBytesMax, process.memoryUsage.rss()) });
    peak = { rssBytesMax: 0, loopBusyMsMax: 0 };
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ url: await listen() });
}

export interface MeasuredServer {
  readonly url: string;
  /** What was needed at most since the last call. */
  peak(): Promise<Peak>;
  stop(): Promise<void>;
}

/** Starts a program that calls `serveMeasured`. */
export async function startMeasured(program: URL): Promise<MeasuredServer> {
  const child = fork(program, { execArgv: [] });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the measured process ended with ${code}`)));
  const next = async (): Promise<unknown> => {
    const [message]: unknown[] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  ended.catch(() => undefined);
  const { url } = listeningSchema.parse(await next());
  return {
    url,
    async peak() {
      child.send('peak');
      return peakSchema.parse(await next());
    },
    async stop() {
      child.disconnect();
      await ended.catch(() => undefined);
    },
  };
}
