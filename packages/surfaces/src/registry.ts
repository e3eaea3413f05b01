import type { z } from 'zod';
import type { Surface, WebhookDialect } from './surface.ts';
import { videogen } from './videogen/index.ts';
import { vidgenV1 } from './vidgen-v1/index.ts';
import { vidgenV2 } from './vidgen-v2/index.ts';
import { vidgenie } from './vidgenie/index.ts';
import { vividflow } from './vividflow/index.ts';

/** Settings of every surface, for the loader of the configuration. */
export const surfaceSchemas = {
  [videogen.name]: videogen.settings,
  [vidgenV1.name]: vidgenV1.settings,
  [vidgenV2.name]: vidgenV2.settings,
  [vidgenie.name]: vidgenie.settings,
  [vividflow.name]: vividflow.settings,
} as const;
export type SurfaceSettings = { [N in keyof typeof surfaceSchemas]: z.infer<(typeof surfaceSchemas)[N]> };

/** Every enabled surface, in the order in which they are asked whether a path is theirs. */
export function bindSurfaces(settings: SurfaceSettings, enabled: readonly string[]): Surface[] {
  const all = [
    videogen.bind(settings.videogen),
    vidgenV2.bind(settings['vidgen-v2']),
    vidgenie.bind(settings.vidgenie),
    vividflow.bind(settings.vividflow),
    vidgenV1.bind(settings['vidgen-v1']),
  ];
  return all.filter((surface) => enabled.includes(surface.name));
}

/** Webhook dialects by surface name. */
export const webhookDialects: ReadonlyMap<string, WebhookDialect | null> = new Map<string, WebhookDialect | null>([
  [videogen.name, videogen.webhook],
  [vidgenV1.name, vidgenV1.webhook],
  [vidgenV2.name, vidgenV2.webhook],
  [vidgenie.name, vidgenie.webhook],
  [vividflow.name, vividflow.webhook],
]);
