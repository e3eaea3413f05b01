/**
 * Writes docs/settings.md from the settings' schemas. `--check` writes nothing and fails when the page is not current.
 * Usage: node scripts/settings-doc.ts [--check]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { describeSettings, renderSettingsPage } from '@polyreel/config';
import { surfaceSchemas } from '@polyreel/surfaces';

const path = new URL('../docs/settings.md', import.meta.url);
const page = renderSettingsPage(describeSettings(surfaceSchemas));
if (process.argv.includes('--check')) {
  if ((await readFile(path, 'utf8')) !== page) {
    console.error('docs/settings.md is not current; run: node scripts/settings-doc.ts');
    process.exitCode = 1;
  }
} else {
  await writeFile(path, page);
}
