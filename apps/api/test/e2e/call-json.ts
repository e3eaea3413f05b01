import type { Stack } from '@polyreel/testkit/stack';

/** Calls a started server with the key of its first account; the answer's JSON, whatever its status. */
export async function callJson(stack: Stack, method: string, url: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${stack.url}${url}`, {
    method,
    headers: { authorization: `Bearer ${stack.key}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return answer.json();
}
