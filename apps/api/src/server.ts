import { loadProcessConfig, requireFullConfig } from '@polyreel/config';
import { surfaceSchemas } from '@polyreel/surfaces';
import { pino } from 'pino';
import { buildApp } from './app.ts';
import { composeApi } from './deps.ts';

/** Open requests are given this long at a graceful stop. */
const graceMs = 8000;

const config = requireFullConfig(loadProcessConfig(surfaceSchemas));
const logger = pino({ level: config.logLevel, base: { process: 'api' }, redact: ['req.headers'] });
const api = await composeApi(config, logger);
const app = await buildApp(api.app);

let isStopping = false;
async function stop(why: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  logger.info({ why }, 'stopping');
  api.announceStop();
  // Idle keep-alive connections are closed at once; those in the middle of a request get their answer.
  const late = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(late);
  await api.close();
  process.exit(0);
}
process.once('SIGTERM', () => void stop('SIGTERM'));
process.once('SIGINT', () => void stop('SIGINT'));
// The start script is gone: nobody is left to stop us.
process.once('disconnect', () => void stop('parent gone'));

const address = await app.listen({ port: config.port, host: config.host });
logger.info({ address, publicUrl: config.publicUrl, surfaces: config.surfaces, runner: config.generation.runner }, 'listening');
process.send?.({ type: 'ready', address });
