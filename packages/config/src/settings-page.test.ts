import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { textSetting } from '@polyreel/core/settings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeSettings, renderSettingsPage } from './index.ts';

describe('the settings page', () => {
  it('is committed as the schemas have it', async () => {
    const script = fileURLToPath(new URL('../../../scripts/settings-doc.ts', import.meta.url));
    const { stderr } = await promisify(execFile)(process.execPath, [script, '--check'], { timeout: 60_000 });
    expect(stderr).toBe('');
  });

  it('has a row for each setting of the server and of a surface, with every flag', () => {
    const settings = describeSettings({
      beta: z.object({ BETA_COLOUR: textSetting({ description: 'Colour | tint.' }).default('red') }),
    });
    const page = renderSettingsPage(settings);
    for (const { name } of settings) expect(page).toContain(`| \`${name}\` |`);
    expect(page).toContain(
      '| `BETA_COLOUR` | `--beta-colour`<br>`--colour` | `red` | text of at most 4096 characters | Colour \\| tint. |',
    );
    expect(settings.filter(({ isSecret }) => isSecret).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'SECRET_KEY',
        'SECRET_KEY_PREVIOUS',
        'METRICS_TOKEN',
        'S3_SECRET_ACCESS_KEY',
        'LLM_API_KEY',
        'COMFYUI_HEADERS',
      ]),
    );
  });

  it('refuses a surface whose settings bear another name', () => {
    expect(() => describeSettings({ beta: z.object({ GAMMA_X: textSetting({ description: 'X.' }).optional() }) })).toThrow(
      /does not start with BETA_/,
    );
    expect(() => describeSettings({ beta: z.object({ BETA_X: z.string() }) })).toThrow(/BETA_X was not made by/);
  });
});
