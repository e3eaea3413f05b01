import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type MediaTools, probe } from '@polyreel/media';
import type { LoadedFile } from './graph-nodes.ts';
import { NodeFailure } from './graph-values.ts';

export interface FakeFiles {
  /** Like the server: equal bytes are used again, other bytes under a taken name get another one. */
  upload(file: {
    name: string;
    subfolder: string;
    bytes: Buffer;
    overwrite: boolean;
  }): Promise<{ name: string; subfolder: string; type: string }>;
  /** By the name that a graph uses: `folder/name.ext`, or with ` [output]` behind it. */
  has(name: string): boolean;
  load(name: string): Promise<LoadedFile>;
  /** Path and reference of the next output under a prefix. Throws NodeFailure for one that leaves the folder. */
  nextOutput(prefix: string, ending: string): Promise<{ path: string; filename: string; subfolder: string }>;
  /** Null: there is none; 400 for names with dots. */
  find(query: { filename: string; subfolder: string; type: string }): Promise<string | null | 'bad'>;
  outputs(): Promise<string[]>;
}

export function createFakeFiles(root: string, tools: MediaTools): FakeFiles {
  const folderOf = (type: string): string => path.join(root, type);
  const resolve = (name: string): string => {
    const [, plain = name, type = 'input'] = /^(.*) \[(input|output|temp)\]$/.exec(name) ?? [];
    return path.join(folderOf(type), plain);
  };
  return {
    async upload({ name, subfolder, bytes, overwrite }) {
      const folder = path.join(folderOf('input'), subfolder);
      await mkdir(folder, { recursive: true });
      const { name: stem, ext } = path.parse(name);
      for (let copy = 0; ; copy += 1) {
        const candidate = copy === 0 ? name : `${stem} (${copy})${ext}`;
        const target = path.join(folder, candidate);
        const present = await readFile(target).catch(() => null);
        if (present && !overwrite && !present.equals(bytes)) continue;
        await writeFile(target, bytes);
        return { name: candidate, subfolder, type: 'input' };
      }
    },
    has: (name) => existsSync(resolve(name)),
    async load(name) {
      const seed = createHash('sha256')
        .update(await readFile(resolve(name)))
        .digest('hex');
      const { video, audio, durationSeconds } = await probe(tools, resolve(name), {
        signal: AbortSignal.timeout(60_000),
        countsFrames: true,
      });
      const { numerator, denominator } = video?.frameRate ?? { numerator: 25, denominator: 1 };
      return {
        width: video?.width ?? 0,
        height: video?.height ?? 0,
        frames: video?.frameCount ?? 1,
        fps: numerator / denominator,
        seconds: audio?.durationSeconds ?? durationSeconds ?? 0,
        seed,
      };
    },
    async nextOutput(prefix, ending) {
      const output = folderOf('output');
      const folder = path.resolve(output, path.dirname(prefix));
      if (folder !== output && !folder.startsWith(`${output}${path.sep}`))
        throw new NodeFailure('Exception', 'Saving image outside the output folder is not allowed.');
      await mkdir(folder, { recursive: true });
      const stem = path.basename(prefix);
      const counts = (await readdir(folder)).flatMap((name) =>
        name.startsWith(`${stem}_`) ? [Number(/_(\d+)_?\.\w+$/.exec(name)?.[1] ?? 0)] : [],
      );
      const filename = `${stem}_${String(Math.max(0, ...counts) + 1).padStart(5, '0')}${ending}`;
      return { path: path.join(folder, filename), filename, subfolder: path.relative(output, folder) };
    },
    async find({ filename, subfolder, type }) {
      if (filename.includes('..') || subfolder.includes('..') || filename.startsWith('/')) return 'bad';
      const file = path.join(folderOf(type), subfolder, filename);
      return access(file).then(
        () => file,
        () => null,
      );
    },
    outputs: async () =>
      (await readdir(folderOf('output'), { recursive: true }).catch(() => [])).filter((name) => path.extname(name) !== ''),
  };
}
