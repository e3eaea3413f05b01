import { buildSurfaceApp, serveMeasured } from '@polyreel/testkit/surface-app';
import { vidgenV1 } from '../src/vidgen-v1/index.ts';
import { inProcessJsonPool } from './json-pool.ts';

/** A process with VidGen v1 alone, to be measured. */
const settings = vidgenV1.settings.parse({ VIDGEN_V1_RATE_LIMITS: 'all=off,submit=off' });
const app = await buildSurfaceApp(vidgenV1.bind(settings), { jsonPool: inProcessJsonPool });
await serveMeasured(app.listen);
