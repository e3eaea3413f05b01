import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { checkDockerfile } from './dockerfile.ts';
import { checkFileLength } from './file-length.ts';
import { checkImports, type Workspace } from './imports.ts';
import { checkProcessEnv } from './process-env.ts';
import type { SourceFile, Violation } from './source-file.ts';
import { checkSurfaceNames } from './surface-names.ts';

const run = promisify(execFile);
const checked = /\.([cm]?[jt]sx?|json|prisma|sql|sh|c|h|py|ya?ml)$|(^|\/)(\.ci\/|Dockerfile$)/;
const generated = /(^|\/)generated\//;
const manifestSchema = z.object({ name: z.string(), exports: z.record(z.string(), z.unknown()).default({}) });

/** Every breach of the house rules in the files that git tracks or would track, sorted by place. */
export async function lintHouseRules(root: string): Promise<Violation[]> {
  const files = await readSources(root);
  const workspaces = findWorkspaces(files);
  const ofFiles = files.flatMap((file) => [
    ...checkSurfaceNames(file),
    ...checkProcessEnv(file),
    ...checkImports(file, workspaces),
    ...checkFileLength(file),
  ]);
  return [...ofFiles, ...checkDockerfile(files)];
}

async function readSources(root: string): Promise<SourceFile[]> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = [...new Set(stdout.split('\0'))].filter((path) => checked.test(path) && !generated.test(path)).sort();
  const files: SourceFile[] = [];
  for (const path of paths) {
    // A tracked file that is deleted in the working tree is no source any more.
    const text = await readFile(join(root, path), 'utf8').catch(() => undefined);
    if (text !== undefined) files.push({ path, text });
  }
  return files;
}

function findWorkspaces(files: readonly SourceFile[]): Map<string, Workspace> {
  const workspaces = new Map<string, Workspace>();
  for (const { path, text } of files) {
    const folder = /^(packages|apps)\/[^/]+\/package\.json$/.exec(path)?.[1];
    if (folder === undefined) continue;
    const manifest = manifestSchema.parse(JSON.parse(text));
    const name = manifest.name.replace('@polyreel/', '');
    workspaces.set(name, { name, isApp: folder === 'apps', exports: Object.keys(manifest.exports) });
  }
  return workspaces;
}
