import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeInputs } from './media-files.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../../..');
let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-curls-'));
  const { image } = await makeInputs(folder, 1);
  for (const name of ['image.png', 'portrait.png'])
    await run(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-v', 'error', '-y', '-i', image, path.join(folder, name)]);
  stack = await startStack({ workers: 0 });
  // It says what can be done and does none of it: no answer depends on how fast a film is made.
  await stack.startWorker({ WORKER_QUEUES: 'io' });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Writes each answer with its status to a file, and keeps the first job's id as the reader of a README would. */
const recorder = `
curl() {
  local answer; answer=$(command curl -w '\\n%{http_code}' "$@") || return
  printf '%s\\n\\x1e' "$answer" >> "$ANSWERS"
  if [ -z "\${JOB_ID-}" ]; then JOB_ID=$(printf '%s' "$answer" | grep -oE '"(job_id|jobId|id)":"[^"]+"' | head -n 1 | cut -d'"' -f4); fi
}
`;

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function runScript(script: string, env: Readonly<Record<string, string>>, name: string): Promise<Answer[]> {
  const answers = path.join(folder, `${name}.answers`);
  await run('bash', ['-euc', `${recorder}\n${script}`], { cwd: folder, env: { ...process.env, ...env, ANSWERS: answers } });
  return (await readFile(answers, 'utf8'))
    .split('\u001e')
    .filter((text) => text !== '')
    .map((text) => {
      const lines = text.trimEnd().split('\n');
      return { status: Number(lines.pop()), body: lines.join('\n') };
    });
}

/** The shell block of a README with its first two lines, base URL and key, filled in. */
async function readmeScript(surface: string): Promise<string> {
  const readme = await readFile(path.join(root, 'packages/surfaces/src', surface, 'README.md'), 'utf8');
  const script = /```sh\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const { key } = await stack.createAccount();
  return script.replace('BASE=http://127.0.0.1:8080', `BASE=${stack.url}`).replace('KEY=$(cat .data/api-key)', `KEY=${key}`);
}

test.each([
  ['vidgen-v1', [200, 201, 200, 200, 200]],
  ['vidgen-v2', [200, 200, 200, 200, 200]],
  ['vividflow', [200, 202, 200, 200, 200, 200]],
])('every curl of the README of %s runs, and nothing is left out', async (surface, statuses) => {
  const script = await readmeScript(surface);
  const answers = await runScript(script, {}, surface);
  expect(
    answers.map(({ status }) => status),
    JSON.stringify(answers, null, 2),
  ).toEqual(statuses);
  expect(script.match(/^curl /gm)).toHaveLength(statuses.length);
});

const seed = (name: string) => readFile(path.join(import.meta.dirname, 'seed-clients', name), 'utf8');

test('the curl of VidGen v1 runs as its document prints it', async () => {
  const { key } = await stack.createAccount();
  const script = (await seed('vidgen-v1.sh.txt')).replace('https://example.com', stack.url);
  const [answer] = await runScript(script, { YOUR_API_KEY: key }, 'seed-v1');
  expect([answer?.status, answer?.body]).toEqual([
    201,
    expect.stringMatching(/^\{"message":"Job created","jobId":"c[a-z0-9]{24}"\}$/),
  ]);
});

test('the curl of Vivid Flow runs as its document prints it', async () => {
  const { key } = await stack.createAccount();
  const script = (await seed('vividflow.sh.txt'))
    .replace('https://your-app-domain.com', stack.url)
    .replace('your_api_key_here', key)
    .replace('/path/to/your/image.png', 'image.png');
  const [answer] = await runScript(script, {}, 'seed-vividflow');
  expect([answer?.status, JSON.parse(answer?.body ?? '')]).toMatchObject([202, { message: 'Generation job accepted.' }]);
});
