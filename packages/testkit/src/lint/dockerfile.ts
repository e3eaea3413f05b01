import type { SourceFile, Violation } from './source-file.ts';

export const dockerfilePath = 'docker/Dockerfile';

/** The image installs packages before it has the source, so that they stay cached: it must know every workspace by name. */
export function checkDockerfile(files: readonly SourceFile[]): Violation[] {
  const dockerfile = files.find(({ path }) => path === dockerfilePath);
  if (dockerfile === undefined) return [];
  return files.flatMap(({ path }) => {
    const folder = /^((?:packages|apps)\/[^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder === undefined || dockerfile.text.includes(`COPY ${folder}/package.json ${folder}/\n`)) return [];
    return [
      {
        path: dockerfilePath,
        line: 1,
        rule: 'dockerfile' as const,
        message: `lacks the line "COPY ${folder}/package.json ${folder}/"`,
      },
    ];
  });
}
