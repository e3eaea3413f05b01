import type { Capability } from '../catalog.ts';

/** Live processes and what they can do. */
export interface WorkerStore {
  /** Upsert, every 10 s. */
  beat(worker: { id: string; capabilities: readonly Capability[]; hostname: string; version: string }): Promise<void>;
  remove(workerId: string): Promise<void>;
  /** Union over workers seen within `withinSeconds` (15 minutes for planning). */
  capabilities(withinSeconds: number): Promise<readonly Capability[]>;
  countLive(withinSeconds: number): Promise<number>;
}

/** Single values of the installation, e.g. the identity marker shared with the object store. */
export interface SettingStore {
  read(name: string): Promise<string | null>;
  /** Writes only where absent; returns the value that stands. */
  ensure(name: string, value: string): Promise<string>;
}

/** Wake-ups: say that something is due, never what. Losing one costs at most one sweep (5 s). */
export interface WakeupSender {
  notify(resource: 'gpu' | 'cpu' | 'io' | 'webhook' | 'housekeeping', wakeup: { stepId: string; attempt: number }): Promise<void>;
}
