import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StepError } from '@polyreel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessFailure } from './process-errors.ts';
import { type ProcessOptions, runProcess, startProcess } from './run-process.ts';

const onLinux = process.platform === 'linux';
const node = process.execPath;
let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'polyreel-process-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const script = (source: string, options: Partial<ProcessOptions> = {}): ProcessOptions => ({
  command: node,
  args: ['-e', source],
  signal: new AbortController().signal,
  timeoutMs: 60_000,
  ...options,
});

const failure = async (work: Promise<unknown>): Promise<StepError> => {
  const error = await work.then(() => undefined).catch((reason: unknown) => reason);
  if (!(error instanceof StepError)) throw new Error(`expected a StepError, got ${String(error)}`);
  return error;
};

/** A process is gone, or a zombie that its reaper has yet to collect. */
const isGone = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
};
const waitUntilGone = async (pid: number): Promise<void> => {
  const deadline = Date.now() + 30_000;
  while (!(await isGone(pid))) {
    if (Date.now() > deadline) throw new Error(`process ${pid} is still there`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('runProcess', () => {
  it('hands over arguments as they are, without a shell', async () => {
    const words = ['$HOME', '; rm -rf /', '`id`', 'a b', '"', "'", '\\', '*', '-rf'];
    const result = await runProcess(
      script('process.stdout.write(JSON.stringify(process.argv.slice(1)))', {
        args: ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...words],
      }),
    );
    expect(JSON.parse(result.stdout.toString())).toEqual(words);
  });

  it('gives the program none of our environment', async () => {
    process.env.POLYREEL_TEST_SECRET = 'x';
    const result = await runProcess(script('process.stdout.write(Object.keys(process.env).sort().join())'));
    delete process.env.POLYREEL_TEST_SECRET;
    expect(result.stdout.toString()).toBe('LC_ALL,MALLOC_ARENA_MAX,PATH');
  });

  it('reports lines of both outputs as they come and keeps them', async () => {
    const lines: string[] = [];
    const result = await runProcess(
      script("process.stdout.write('a\\nb\\n'); process.stderr.write('c\\rd\\n')", {
        onStdoutLine: (line) => lines.push(`out ${line}`),
        onStderrLine: (line) => lines.push(`err ${line}`),
      }),
    );
    expect(lines.sort()).toEqual(['err c', 'err d', 'out a', 'out b']);
    expect(result.stdout.toString()).toBe('a\nb\n');
    expect(result.stderr).toBe('c\rd\n');
  });

  it('turns a non-zero exit into a StepError that may be tried again and shows nothing internal', async () => {
    const error = await failure(runProcess(script("process.stderr.write('/secret/path'); process.exit(3)")));
    expect(error).toMatchObject({ code: 'process_failed', permanent: false });
    expect(error.publicMessage).not.toContain('secret');
    expect(error.cause).toBeInstanceOf(ProcessFailure);
    expect(error.cause).toMatchObject({ exitCode: 3, stderrTail: '/secret/path' });
  });

  it('says so when the program is not there', async () => {
    const error = await failure(runProcess(script('', { command: join(scratch, 'missing') })));
    expect(error).toMatchObject({ code: 'process_not_started', permanent: false });
  });

  it('never starts anything under a signal that is already aborted', async () => {
    const marker = join(scratch, 'marker');
    const error = await failure(
      runProcess(script(`require('fs').writeFileSync(${JSON.stringify(marker)}, '')`, { signal: AbortSignal.abort() })),
    );
    expect(error).toMatchObject({ code: 'aborted' });
    expect(existsSync(marker)).toBe(false);
  });

  it('ends a program at its timeout', async () => {
    const error = await failure(runProcess(script('setInterval(() => {}, 1000)', { timeoutMs: 300 })));
    expect(error).toMatchObject({ code: 'process_timeout', permanent: false });
  });

  it('ends a program that writes more than it may', async () => {
    const error = await failure(
      runProcess(script("setInterval(() => process.stdout.write('x'.repeat(65536)), 1)", { maxOutputBytes: 1_000_000 })),
    );
    expect(error).toMatchObject({ code: 'process_output_limit', permanent: true });
  });

  it.runIf(onLinux)('ends the whole group on abort, children that ignore SIGTERM included', async () => {
    const abort = new AbortController();
    const child = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(process.pid)`;
    const parent = `process.on('SIGTERM', () => {});
      require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`;
    let grandchild = 0;
    const work = runProcess(
      script(parent, {
        signal: abort.signal,
        onStdoutLine: (line) => {
          grandchild = Number(line);
          abort.abort(new Error('cancelled'));
        },
      }),
    );
    expect(await failure(work)).toMatchObject({ code: 'aborted', permanent: false });
    await waitUntilGone(grandchild);
    expect(await isGone(grandchild)).toBe(true);
  });

  it.runIf(onLinux)('leaves no child behind when the program exits by itself', async () => {
    const parent = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      c.unref(); console.log(c.pid); process.exit(0)`;
    const result = await runProcess(script(parent));
    const orphan = Number(result.stdout.toString());
    await waitUntilGone(orphan);
    expect(await isGone(orphan)).toBe(true);
  });

  it.runIf(onLinux)('is killed by the kernel when this process dies by SIGKILL', async () => {
    const file = join(scratch, 'host.ts');
    const module = JSON.stringify(new URL('./run-process.ts', import.meta.url).href);
    await writeFile(
      file,
      `import { startProcess } from ${module};
       startProcess({ command: process.execPath, args: ['-e', 'console.error(process.pid); setInterval(() => {}, 1000)'],
         signal: new AbortController().signal, timeoutMs: 60000,
         onStderrLine: (line) => { process.stdout.write(line + '\\n', () => process.kill(process.pid, 'SIGKILL')); } });`,
    );
    let child = 0;
    const host = runProcess(script('', { args: [file], onStdoutLine: (line) => (child = Number(line)) }));
    expect(await failure(host)).toMatchObject({ code: 'process_killed', permanent: false });
    await waitUntilGone(child);
    expect(await isGone(child)).toBe(true);
  });

  it.runIf(onLinux)('holds a program to its memory', async () => {
    const args = ['-v', 'error', '-f', 'lavfi', '-i', 'color=s=8000x8000:d=1', '-pix_fmt', 'rgba', '-f', 'null', '-'];
    const big = script('', { command: 'ffmpeg', args, maxMemoryBytes: 400 * 1024 * 1024 });
    const error = await failure(runProcess(big));
    expect(error.cause).toMatchObject({ stderrTail: expect.stringContaining('Cannot allocate memory') });
    const small = args.map((word) => word.replace('8000x8000', '80x80'));
    await expect(runProcess({ ...big, args: small })).resolves.toMatchObject({ code: 0 });
  });

  it.runIf(onLinux)('holds a program to its computing time', async () => {
    const error = await failure(runProcess(script('for (;;);', { maxCpuSeconds: 1 })));
    expect(error).toMatchObject({ code: 'process_cpu_limit', permanent: true });
  });

  it('streams to the caller and from the caller', async () => {
    const running = startProcess(script('process.stdin.pipe(process.stdout)', { stdin: 'pipe', stdout: 'stream' }));
    running.stdin?.end('through');
    let text = '';
    for await (const chunk of running.stdout ?? []) text += String(chunk);
    await running.finished;
    expect(text).toBe('through');
  });
});
