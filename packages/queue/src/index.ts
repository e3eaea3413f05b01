export { type QueueName, queueCatalog, queueNames, type Wakeup, wakeupSchema } from './catalog.ts';
export type { OnQueueFault, QueueFault } from './fault-reporter.ts';
export { createWakeups, type Listener, type WakeupOptions, type Wakeups } from './wakeups.ts';
export {
  createPostgresWindowCounter,
  type PostgresWindowCounter,
  type SqlPool,
} from './window-counter/postgres-window-counter.ts';
export { createRedisWindowCounter, type RedisWindowCounter } from './window-counter/redis-window-counter.ts';
