import { availableParallelism } from 'node:os';
import { settingRegistry } from '@polyreel/core/settings';
import { z } from 'zod';
import { baseSettings, baseSettingsSchema } from './base-settings.ts';
import { buildConfig, type Config } from './build-config.ts';
import { ConfigError, type ConfigFault, maskValue } from './config-error.ts';
import { type RawValue, readRawSettings, type SettingName } from './read-raw.ts';
import { findRuleFaults } from './rules.ts';

/** Settings of each surface, by surface name; every key starts with the name in capitals (`some-api` -> `SOME_API_`). */
export type SurfaceSchemas = Readonly<Record<string, z.ZodObject>>;

export type LoadedConfig<S extends SurfaceSchemas> = Config & { readonly surfaceSettings: z.infer<z.ZodObject<S>> };

export interface LoadOptions {
  /** Processor cores, for defaults that follow them. */
  readonly cores?: number;
}

/**
 * Reads variables and flags (`--port 9000`; flags win) into one typed value. Pure but for the count of cores.
 * Throws ConfigError with every fault at once.
 */
export function loadConfig<S extends SurfaceSchemas>(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  surfaceSchemas: S,
  options: LoadOptions = {},
): LoadedConfig<S> {
  const names = listSettingNames(surfaceSchemas);
  const { values, faults } = readRawSettings(env, argv, names);
  const textOf = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, values.get(key)?.text]));
  const base = baseSettingsSchema.safeParse(textOf(Object.keys(baseSettings)));
  const surfaces = z
    .object(surfaceSchemas)
    .safeParse(
      Object.fromEntries(Object.entries(surfaceSchemas).map(([name, schema]) => [name, textOf(Object.keys(schema.shape))])),
    );
  const knownSurfaces = Object.keys(surfaceSchemas);
  faults.push(
    ...findIssueFaults(base.error, values, baseSettingsSchema),
    ...findIssueFaults(surfaces.error, values, ...Object.values(surfaceSchemas)),
    ...findRuleFaults(values, knownSurfaces),
  );
  if (faults.length > 0 || !base.success || !surfaces.success) throw new ConfigError(faults);
  const cores = options.cores ?? availableParallelism();
  return { ...buildConfig(base.data, { cores, knownSurfaces }), surfaceSettings: surfaces.data };
}

/** `loadConfig` over this process's own environment and arguments: the only place that reads them. */
export function loadProcessConfig<S extends SurfaceSchemas>(
  surfaceSchemas: S,
  argv: readonly string[] = process.argv.slice(2),
): LoadedConfig<S> {
  return loadConfig(process.env, argv, surfaceSchemas);
}

export function prefixOfSurface(surface: string): string {
  return `${surface.toUpperCase().replaceAll('-', '_')}_`;
}

export function listSettingNames(surfaceSchemas: SurfaceSchemas): SettingName[] {
  const isSwitch = (schema: z.core.$ZodType) => settingRegistry.get(unwrapSetting(schema))?.isSwitch === true;
  const base = Object.entries(baseSettings).map(([name, schema]) => ({ name, prefix: null, isSwitch: isSwitch(schema) }));
  const surfaces = Object.entries(surfaceSchemas).flatMap(([surface, schema]) =>
    Object.entries(schema.shape).map(([name, field]) => {
      const prefix = prefixOfSurface(surface);
      if (!name.startsWith(prefix)) throw new TypeError(`setting ${name} of surface ${surface} does not start with ${prefix}`);
      return { name, prefix, isSwitch: isSwitch(field) };
    }),
  );
  return [...base, ...surfaces];
}

/** The described schema below `.default()` and `.optional()`. */
export function unwrapSetting(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? unwrapSetting(schema.unwrap()) : schema;
}

function findIssueFaults(
  error: z.ZodError | undefined,
  values: ReadonlyMap<string, RawValue>,
  ...schemas: z.ZodObject[]
): ConfigFault[] {
  return (error?.issues ?? []).map(({ path, message }) => {
    const name = String(path.findLast((part) => typeof part === 'string' && values.has(part)) ?? path.at(-1) ?? '');
    const raw = values.get(name);
    const field = schemas.map((schema) => schema.shape[name]).find((found) => found !== undefined);
    const isSecret = field !== undefined && settingRegistry.get(unwrapSetting(field))?.isSecret === true;
    return { name: raw?.origin ?? name, value: raw === undefined ? undefined : maskValue(raw.text, isSecret), rule: message };
  });
}
