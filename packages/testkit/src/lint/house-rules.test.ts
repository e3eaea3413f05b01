import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintHouseRules } from './house-rules.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'polyreel-lint-'));
  execFileSync('git', ['init', '-q', root]);
  const packages = ['core', 'config', 'db', 'gpu-runner', 'media', 'queue', 'safe-fetch', 'surfaces', 'testkit', 'webhooks'];
  for (const name of packages)
    await put(`packages/${name}/package.json`, manifest(name, name === 'db' ? ['.', './embedded'] : ['.']));
  for (const name of ['api', 'worker']) await put(`apps/${name}/package.json`, manifest(name, ['.']));
});

afterAll(() => rm(root, { recursive: true, force: true }));

function manifest(name: string, subpaths: string[]): string {
  return JSON.stringify({
    name: `@polyreel/${name}`,
    exports: Object.fromEntries(subpaths.map((path) => [path, './src/index.ts'])),
  });
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Rules broken by one file, as `line rule`. */
async function lintOne(path: string, text: string): Promise<string[]> {
  await put(path, text);
  try {
    return (await lintHouseRules(root)).map(({ line, rule }) => `${line} ${rule}`);
  } finally {
    await rm(join(root, path));
  }
}

describe('surface names', () => {
  it.each([
    'vidgen',
    'VidGen',
    'VIDGEN_V2',
    'vid-gen',
    'myVidGenJob',
    'vidgenRequest',
    'vidgenie',
    'VidGenie',
    'vid_genie',
    'vividflow',
    'Vivid Flow',
    'vivid_flow',
    'videogen',
    'VideoGen',
    'video-gen',
  ])('refuses %s in the source of the core', async (name) => {
    expect(await lintOne('packages/core/src/job.ts', `\nexport const note = '${name}';\n`)).toEqual(['2 surface-name']);
  });

  it.each(['video generation', 'videoGeneration', 'video-generator', 'vivid colours', 'a genre of video', 'David genuinely'])(
    'lets the plain words "%s" pass',
    async (words) => {
      expect(await lintOne('packages/core/src/job.ts', `// ${words}\n`)).toEqual([]);
    },
  );

  it('refuses them in comments, file names, SQL and the API', async () => {
    expect(await lintOne('packages/core/src/job.ts', '// only for VidGen\n')).toEqual(['1 surface-name']);
    expect(await lintOne('apps/api/src/vidgen.ts', '')).toEqual(['1 surface-name']);
    expect(await lintOne('prisma/migrations/1/migration.sql', 'CREATE TABLE vidgen_jobs ();\n')).toEqual(['1 surface-name']);
  });

  it.each([
    'packages/surfaces/src/vidgen-v1/index.ts',
    'apps/api/src/app.test.ts',
    'docs/architecture.md',
    'README.md',
    'docker-compose.yml',
    'deploy/values.yaml',
  ])('lets %s name them', async (path) => {
    expect(await lintOne(path, '// VidGen\n')).toEqual([]);
  });
});

describe('process.env', () => {
  it.each([
    'const port = process.env.PORT;',
    "const port = process['env'].PORT;",
    'const { env } = process;',
    "import { env } from 'node:process';",
  ])('refuses `%s` in a package', async (code) => {
    expect(await lintOne('packages/queue/src/wakeups.ts', `${code}\n`)).toEqual(['1 process-env']);
  });

  it.each([
    'packages/config/src/load.ts',
    'packages/testkit/src/postgres.ts',
    'scripts/start.mjs',
    'packages/db/src/jobs.test.ts',
  ])('lets %s read it', async (path) => {
    expect(await lintOne(path, 'console.log(process.env.PORT);\n')).toEqual([]);
  });

  it('is not fooled by words in comments and texts', async () => {
    expect(await lintOne('packages/queue/src/wakeups.ts', "// process.env\nexport const text = 'process.env';\n")).toEqual([]);
  });
});

describe('imports', () => {
  it.each([
    ['packages/core/src/a.ts', '@polyreel/db'],
    ['packages/config/src/a.ts', '@polyreel/surfaces'],
    ['packages/db/src/a.ts', '@polyreel/queue'],
    ['packages/surfaces/src/a.ts', '@polyreel/media'],
    ['packages/gpu-runner/src/a.ts', '@polyreel/queue'],
    ['packages/webhooks/src/a.ts', '@polyreel/db'],
    ['packages/queue/src/a.ts', '@polyreel/api'],
    ['apps/api/src/a.ts', '@polyreel/worker'],
    ['packages/queue/src/a.ts', '@polyreel/testkit'],
    ['apps/api/src/a.ts', '@polyreel/testkit'],
    ['packages/queue/src/a.test.ts', '@polyreel/surfaces'],
    ['scripts/run.ts', '@polyreel/testkit'],
    ['apps/api/src/a.ts', '@polyreel/db/src/jobs.ts'],
    ['apps/api/src/a.ts', '@polyreel/nothing'],
    ['packages/db/src/a.ts', '../../core/src/job.ts'],
    ['packages/db/src/a.ts', '../../../prisma/schema-engine.mjs'],
    ['scripts/a.ts', '../packages/core/src/job.ts'],
    ['scripts/a.ts', '../../elsewhere/a.ts'],
  ])('refuses in %s an import of %s', async (path, specifier) => {
    expect(await lintOne(path, `import { a } from '${specifier}';\n`)).toEqual(['1 import']);
    expect(await lintOne(path, `\nimport type { A } from '${specifier}';\n`)).toEqual(['2 import']);
    expect(await lintOne(path, `export * from '${specifier}';\n`)).toEqual(['1 import']);
    expect(await lintOne(path, `export const a = import('${specifier}');\n`)).toEqual(['1 import']);
  });

  it.each([
    ['packages/db/src/a.ts', '@polyreel/core'],
    ['packages/config/src/a.ts', '@polyreel/core'],
    ['packages/gpu-runner/src/a.ts', '@polyreel/media'],
    ['packages/webhooks/src/a.ts', '@polyreel/safe-fetch'],
    ['packages/testkit/src/a.ts', '@polyreel/db/embedded'],
    ['packages/queue/src/a.test.ts', '@polyreel/testkit'],
    ['apps/api/src/a.ts', '@polyreel/surfaces'],
    ['scripts/run.ts', '@polyreel/db/embedded'],
    ['scripts/run.ts', './setup/paths.mjs'],
    ['packages/db/src/stores/a.ts', '../pool.ts'],
    ['packages/db/src/a.ts', 'pg'],
  ])('allows in %s an import of %s', async (path, specifier) => {
    expect(await lintOne(path, `import { a } from '${specifier}';\nexport { a };\n`)).toEqual([]);
  });
});

describe('file length', () => {
  it('refuses line 401, allows line 400', async () => {
    expect(await lintOne('packages/core/src/a.ts', '// line\n'.repeat(401))).toEqual(['401 file-length']);
    expect(await lintOne('packages/core/src/a.ts', '// line\n'.repeat(400))).toEqual([]);
  });

  it('does not count fixtures and generated code', async () => {
    expect(await lintOne('packages/core/fixtures/a.ts', '// line\n'.repeat(401))).toEqual([]);
    expect(await lintOne('packages/db/src/generated/a.ts', '// line\n'.repeat(401))).toEqual([]);
  });
});

it('refuses an image that does not know a workspace', async () => {
  const rules = await lintOne('docker/Dockerfile', 'FROM scratch\n');
  expect(rules).toEqual(Array.from({ length: 12 }, () => '1 dockerfile'));
});

it('says nothing about a repository that keeps the rules', async () => {
  expect(await lintHouseRules(root)).toEqual([]);
});
