import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../run-process.ts';

const packageVersion = '0.38.1';
/** Outside the tree's own files: git ignores every `node_modules`. */
const folder = resolve(import.meta.dirname, '../../../../node_modules/.cache', `c2pa-python-${packageVersion}`);

const run = async (command: string, args: readonly string[]): Promise<Buffer> => {
  const { signal } = new AbortController();
  return (await runProcess({ command, args, signal, timeoutMs: 300_000, maxOutputBytes: 512 * 1024 * 1024 })).stdout;
};

const script = `
import c2pa, json, sys
for line in sys.stdin:
    media_type, path, manifest = json.loads(line)
    try:
        data = open(manifest, 'rb').read() if manifest else None
        with open(path, 'rb') as file:
            reader = c2pa.Reader(media_type, file, manifest_data=data) if data else c2pa.Reader(media_type, file)
            report = json.loads(reader.json())
        print(json.dumps({'state': report.get('validation_state'), 'codes': [s['code'] for s in report.get('validation_status', [])], 'report': report}))
    except Exception as error:
        print(json.dumps({'state': None, 'codes': [str(error)], 'report': None}))
`;

const verdictSchema = z.object({ state: z.string().nullable(), codes: z.array(z.string()), report: z.unknown() });
export type Verdict = z.infer<typeof verdictSchema>;

/**
 * The Python package of the C2PA project in an environment of its own, made when first asked for. Null where there is no Python or no
 * package index.
 */
export const openIndependentReader = async (): Promise<
  ((files: readonly { mediaType: string; path: string; manifest?: string }[]) => Promise<Verdict[]>) | null
> => {
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'ready')) && !(await install())) return null;
  const program = join(folder, 'read.py');
  await writeFile(program, script);
  return async (files) => {
    const list = `${folder}/list-${process.pid}-${Date.now()}`;
    await writeFile(
      list,
      files.map(({ mediaType, path, manifest }) => JSON.stringify([mediaType, path, manifest ?? null])).join('\n'),
    );
    try {
      const output = await run('/bin/sh', ['-c', 'exec "$0" "$1" < "$2"', python, program, list]);
      return output
        .toString('utf8')
        .trim()
        .split('\n')
        .map((line) => verdictSchema.parse(JSON.parse(line)));
    } finally {
      await rm(list, { force: true });
    }
  };
};

const install = async (): Promise<boolean> => {
  const fresh = `${folder}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  try {
    const python = (await run('/bin/sh', ['-c', 'command -v python3'])).toString('utf8').trim();
    await run(python, ['-m', 'venv', fresh]);
    await run('/bin/sh', ['-c', `"$0/bin/python" -m pip install --quiet c2pa-python==${packageVersion} >/dev/null 2>&1`, fresh]);
    await writeFile(join(fresh, 'ready'), '');
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return true;
  } catch {
    // No Python, no venv module or no package index on this machine: the caller's test says that it was skipped.
    await rm(fresh, { recursive: true, force: true });
    return false;
  }
};
