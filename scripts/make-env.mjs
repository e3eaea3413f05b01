// Writes .env for docker-compose.yml with fresh secrets. An existing .env is never touched: its secrets belong to data.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

const file = join(root, '.env');
const secret = () => randomBytes(32).toString('base64url');
const secrets = {
  SECRET_KEY: secret(),
  POSTGRES_PASSWORD: secret(),
  VALKEY_PASSWORD: secret(),
  S3_ACCESS_KEY_ID: randomBytes(10).toString('hex'),
  S3_SECRET_ACCESS_KEY: secret(),
};

const text = readFileSync(join(root, '.env.example'), 'utf8').replaceAll(/^([A-Z0-9_]+)=$/gm, (line, name) =>
  name in secrets ? `${name}=${secrets[name]}` : line,
);
try {
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  console.log(`Wrote ${file} with fresh secrets. Now: docker compose up --wait`);
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  console.error(`${file} is there already and was left alone: its secrets belong to the data of your volumes.`);
  process.exitCode = 1;
}
