import { settingRegistry } from '@polyreel/core/settings';
import { z } from 'zod';
import { baseSettings } from './base-settings.ts';
import { buildFlagTable, flagOf } from './read-raw.ts';
import { listSettingNames, type SurfaceSchemas, unwrapSetting } from './load-config.ts';

export interface SettingDescription {
  readonly name: string;
  /** Null for the server's own settings. */
  readonly surface: string | null;
  /** Without dashes; the shortest that is unambiguous comes last. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly rule: string;
  readonly defaultText: string;
  readonly isSecret: boolean;
}

export function describeSettings(surfaceSchemas: SurfaceSchemas): SettingDescription[] {
  const flags = buildFlagTable(listSettingNames(surfaceSchemas));
  const describe = (surface: string | null, fields: Readonly<Record<string, z.core.$ZodType>>) =>
    Object.entries(fields).map(([name, schema]): SettingDescription => {
      const meta = settingRegistry.get(unwrapSetting(schema));
      if (meta === undefined) throw new TypeError(`setting ${name} was not made by a function of @polyreel/core/settings`);
      return {
        name,
        surface,
        flags: [...flags]
          .filter(([, target]) => target.name === name)
          .map(([flag]) => flag)
          .sort((a, b) => Number(b === flagOf(name)) - Number(a === flagOf(name))),
        description: meta.description,
        rule: meta.rule,
        defaultText: meta.defaultText ?? writeDefault(schema),
        isSecret: meta.isSecret === true,
      };
    });
  return [
    ...describe(null, baseSettings),
    ...Object.entries(surfaceSchemas).flatMap(([surface, schema]) => describe(surface, schema.shape)),
  ];
}

/** docs/settings.md. */
export function renderSettingsPage(settings: readonly SettingDescription[]): string {
  const surfaces = [...new Set(settings.map(({ surface }) => surface))];
  const sections = surfaces.map((surface) => {
    const rows = settings.filter((setting) => setting.surface === surface).map(renderRow);
    return [
      `## ${surface === null ? 'Server' : `Surface \`${surface}\``}`,
      '',
      '| setting | flag | default | value | meaning |',
      '|---|---|---|---|---|',
      ...rows,
      '',
    ].join('\n');
  });
  return [
    '# Settings',
    '',
    '<!-- Written by scripts/settings-doc.ts from the schemas; do not edit. -->',
    '',
    'Each setting is an environment variable and a flag of `npm start -- ...`; a flag wins over the variable, an empty value counts as not given.',
    'Give secrets as variables: other users of the machine can see flags.',
    'A wrong, missing or unknown one stops the start with a list of every fault.',
    '',
    ...sections,
  ].join('\n');
}

function renderRow({ name, flags, defaultText, rule, description, isSecret }: SettingDescription): string {
  const cells = [
    `\`${name}\``,
    flags.map((flag) => `\`--${flag}\``).join('<br>'),
    defaultText,
    rule,
    `${description}${isSecret ? ' Secret: never printed.' : ''}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function writeDefault(schema: z.core.$ZodType): string {
  const value: unknown = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
  if (value === undefined || value === null) return '';
  if (value === false) return 'off';
  if (value === true) return 'on';
  if (Array.isArray(value)) return value.length === 0 ? '' : `\`${value.join(',')}\``;
  return typeof value === 'object' ? '' : `\`${String(value)}\``;
}
