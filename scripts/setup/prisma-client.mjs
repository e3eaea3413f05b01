import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, workspaceEnv } from './paths.mjs';
import { runVisible } from './run-visible.mjs';

const generated = join(root, 'packages', 'db', 'src', 'generated');
const stamp = join(generated, '.made-from');

/** Runs `prisma generate` when the client is missing or was made from another schema, configuration or Prisma. True when it did. */
export async function ensurePrismaClient() {
  const source = sourceDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === source) return false;
  console.error('Making the database client: prisma generate');
  await runVisible(pinnedNode, [join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', '--no-hints'], {
    cwd: root,
    env: workspaceEnv(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(stamp, source);
  return true;
}

function sourceDigest() {
  const digest = createHash('sha256');
  for (const file of ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json']) {
    digest
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return digest.digest('hex');
}
