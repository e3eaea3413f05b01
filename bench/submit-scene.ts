import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '@polyreel/testkit/stack';
import { z } from 'zod';

const run = promisify(execFile);

async function postJson(stack: Stack, body: unknown): Promise<unknown> {
  const answer = await fetch(`${stack.url}/api/v2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`submit was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** Jobs as callers submit them. */
export const submitScene = {
  /** One text-to-video scene; returns the job's public id. */
  async film(stack: Stack, size: { width: number; height: number } = { width: 832, height: 480 }): Promise<string> {
    const body = { action: 'generate', scenes: [{ prompt: 'calm sea at sunset, slow pan left' }], seed: 1, ...size };
    return z.object({ id: z.string() }).parse(await postJson(stack, body)).id;
  },
  /** A picture and a second of voice. */
  async talking(stack: Stack): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-bench-'));
    try {
      const image = path.join(folder, 'image.png');
      const audio = path.join(folder, 'audio.wav');
      await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=256x256', '-frames:v', '1', image]);
      await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=220:duration=1', audio]);
      const form = new FormData();
      form.set('image', new Blob([await readFile(image)]), 'image.png');
      form.set('audio', new Blob([await readFile(audio)]), 'audio.wav');
      const answer = await fetch(`${stack.url}/api/jobs`, { method: 'POST', headers: { 'X-API-Key': stack.key }, body: form });
      const text = await answer.text();
      if (answer.status !== 201) throw new Error(`submit was answered ${answer.status}: ${text}`);
      return z.object({ jobId: z.string() }).parse(JSON.parse(text)).jobId;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
} as const;
