/** A service that the operator named; up to and with `/v1`. */
export interface Endpoint {
  readonly baseUrl: string;
  readonly apiKey: string | null;
}

const answerBytesMax = 1024 * 1024;

/** Says nothing of body or key in its errors. */
export async function postJson(
  endpoint: Endpoint,
  request: { readonly path: string; readonly body: unknown; readonly signal: AbortSignal },
): Promise<unknown> {
  const response = await fetch(`${endpoint.baseUrl.replace(/\/+$/, '')}/${request.path}`, {
    method: 'POST',
    redirect: 'error',
    signal: request.signal,
    headers: {
      'content-type': 'application/json',
      ...(endpoint.apiKey !== null && { authorization: `Bearer ${endpoint.apiKey}` }),
    },
    body: JSON.stringify(request.body),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the endpoint answered ${response.status}`);
  }
  return JSON.parse(await readText(response));
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new Error(`the endpoint answered with more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
