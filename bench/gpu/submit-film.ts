import type { Stack } from '@polyreel/testkit/stack';
import { z } from 'zod';

async function ask(stack: Stack, body: unknown): Promise<unknown> {
  const answer = await fetch(`${stack.url}/api/v2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.key}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

const submitted = z.object({ id: z.string() });
const status = z.object({
  status: z.string(),
  error: z.string().optional(),
  meta: z.object({ images: z.array(z.object({ url: z.url(), type: z.string() })) }).optional(),
});

/** Seconds from the submit of one scene until its signed link gives the film. */
export async function submitFilm(
  stack: Stack,
  wish: { readonly width: number; readonly height: number; readonly seed: number; readonly timeoutMs: number },
): Promise<number> {
  const { width, height, seed, timeoutMs } = wish;
  const begun = performance.now();
  const { id } = submitted.parse(
    await ask(stack, { action: 'generate', scenes: [{ prompt: 'calm sea at sunset, slow pan left' }], width, height, seed }),
  );
  for (;;) {
    const body = status.parse(await ask(stack, { action: 'status', id }));
    const link = body.meta?.images.find(({ type }) => type === 'signed')?.url;
    if (link !== undefined) {
      const film = await fetch(link, { signal: AbortSignal.timeout(60_000) });
      if (!film.ok || (await film.arrayBuffer()).byteLength === 0) throw new Error(`the link answered ${film.status}`);
      return (performance.now() - begun) / 1000;
    }
    if (body.status === 'FAILED' || performance.now() - begun > timeoutMs)
      throw new Error(`job ${id} is ${body.status}: ${body.error ?? 'it took too long'}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
