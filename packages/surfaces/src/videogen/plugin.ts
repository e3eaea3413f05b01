import type { FastifyInstance } from 'fastify';
import type { SurfaceDeps } from '../surface.ts';
import { answerError } from './call.ts';
import { createRouter } from './router.ts';
import { routeExports } from './routes-exports.ts';
import { routeFiles } from './routes-files.ts';
import { routeProjects } from './routes-projects.ts';
import { routePresenterFiles, routeResources } from './routes-resources.ts';
import { routeTools } from './routes-tools.ts';
import { routeWebhooks } from './routes-webhooks.ts';
import { routeWorkflows } from './routes-workflows.ts';
import type { Settings } from './settings.ts';

export async function register(app: FastifyInstance, deps: SurfaceDeps, settings: Settings): Promise<void> {
  // Bodies are read by the router, after the key and the limits; several calls come with an empty body and no type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler(answerError);
  const router = createRouter(app, { deps, settings });
  routeTools(router);
  routeFiles(router);
  routeResources(router);
  routeWebhooks(router);
  routeWorkflows(router);
  routeProjects(router);
  routeExports(router);
  routePresenterFiles(app);
}
