import { loadProcessConfig, requireFullConfig } from '@polyreel/config';
import { surfaceSchemas } from '@polyreel/surfaces';
import { pino } from 'pino';
import { startWorker } from './deps.ts';
import { startHealthServer } from './health-server.ts';

const config = requireFullConfig(loadProcessConfig(surfaceSchemas));
const logger = pino({ level: config.logLevel, base: { process: 'worker' } });
const worker = await startWorker(config, logger);
let isStopping = false;
const health = await startHealthServer({
  port: config.workerHttpPort,
  host: config.host,
  metricsToken: config.metricsToken,
  checks: worker.checks,
  metrics: worker.metrics,
  isStopping: () => isStopping,
});

async function stop(why: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  logger.info({ why }, 'stopping');
  await worker.stop();
  await health.close();
  process.exit(0);
}
process.once('SIGTERM', () => void stop('SIGTERM'));
process.once('SIGINT', () => void stop('SIGINT'));
// The start script is gone: nobody is left to stop us.
process.once('disconnect', () => void stop('parent gone'));

logger.info({ queues: config.workerQueues, runner: config.generation.runner }, 'working');
process.send?.({ type: 'ready' });
