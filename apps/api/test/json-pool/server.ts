import { bindSurfaces, surfaceSchemas } from '@polyreel/surfaces';
import { buildSurfaceApp, serveMeasured } from '@polyreel/testkit/surface-app';
import { z } from 'zod';
import { createJsonBodyPool } from '../../src/json-pool/json-body-pool.ts';

/** A process with the one surface that takes files in JSON, and the real pool. */
const defaults = Object.fromEntries(Object.keys(surfaceSchemas).map((name) => [name, {}]));
const [surface] = bindSurfaces(z.object(surfaceSchemas).parse(defaults), ['vidgen-v2']);
if (!surface) throw new Error('the surface is not in the registry');
const app = await buildSurfaceApp(surface, { jsonPool: createJsonBodyPool() });
await serveMeasured(app.listen);
