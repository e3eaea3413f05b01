import path from 'node:path';

/** The folder that holds `package.json`, `prisma/` and `node_modules`. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../../../..');
