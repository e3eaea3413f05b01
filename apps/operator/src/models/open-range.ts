/** The publisher's server, or a mirror of the same layout. */
export interface ModelHost {
  readonly baseUrl: string;
  /** Sent to this host only, never to where it points. */
  readonly token: string | null;
}

/** What a server says of a file before it sends it. */
export interface RemoteFile {
  readonly bytes: number;
  /** Tells one version of the file from another; null: the server gives none. */
  readonly etag: string | null;
  /** As the publisher computed it; null: not told. */
  readonly sha256: string | null;
  /** Parts can be asked for. */
  readonly takesRanges: boolean;
}

/** A server's answer that makes another try pointless. `code` is its status. */
export class RefusedDownload extends Error {
  override readonly name = 'RefusedDownload';
}

const redirectsMax = 5;
const hashPattern = /^"?([0-9a-f]{64})"?$/;

/** Asks for one byte: a server that takes ranges says how many there are. Throws RefusedDownload, or Error for what may pass. */
export async function examineRemote(url: string, host: ModelHost, signal: AbortSignal): Promise<RemoteFile> {
  const { answer, sha256 } = await get(url, { host, signal, range: 'bytes=0-0' });
  await answer.body?.cancel();
  const takesRanges = answer.status === 206;
  const length = takesRanges
    ? Number(/\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1])
    : Number(answer.headers.get('content-length') ?? Number.NaN);
  if (!Number.isSafeInteger(length) || length <= 0) throw new RefusedDownload(`${url} does not say how long it is`);
  return { bytes: length, etag: answer.headers.get('etag'), sha256, takesRanges };
}

export interface RangeOptions {
  readonly host: ModelHost;
  readonly signal: AbortSignal;
  readonly from: number;
  /** The last byte that is wanted. */
  readonly to: number;
  readonly remote: RemoteFile;
}

/** Bytes `from` to `to` of a file that takes ranges, or the whole file of one that does not. */
export async function openRange(url: string, options: RangeOptions): Promise<ReadableStream<Uint8Array>> {
  const { host, signal, from, to, remote } = options;
  const range = remote.takesRanges ? `bytes=${from}-${to}` : null;
  const { answer } = await get(url, { host, signal, range });
  const isAsAsked = answer.status === (remote.takesRanges ? 206 : 200);
  if (isAsAsked && answer.headers.get('etag') === remote.etag && answer.body !== null) return answer.body;
  await answer.body?.cancel();
  throw new RefusedDownload(`${url} changed while it was fetched: run the command again`);
}

async function get(
  url: string,
  { host, signal, range }: { host: ModelHost; signal: AbortSignal; range: string | null },
): Promise<{ answer: Response; sha256: string | null }> {
  let address = url;
  let sha256: string | null = null;
  for (let hop = 0; hop <= redirectsMax; hop += 1) {
    const isOwn = new URL(address).origin === new URL(host.baseUrl).origin;
    const answer = await fetch(address, {
      signal,
      redirect: 'manual',
      headers: {
        'Accept-Encoding': 'identity',
        ...(range !== null && { Range: range }),
        ...(isOwn && host.token !== null && { Authorization: `Bearer ${host.token}` }),
      },
    });
    // The publisher names the hash beside the redirection to where the bytes are.
    sha256 ??= hashPattern.exec(answer.headers.get('x-linked-etag') ?? '')?.[1] ?? null;
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status >= 400 || location === null) return { answer: await orThrow(answer, url), sha256 };
    await answer.body?.cancel();
    address = new URL(location, address).href;
  }
  throw new RefusedDownload(`${url} redirects more than ${redirectsMax} times`);
}

const whys: Readonly<Record<number, string>> = {
  401: 'the host wants a token: MODELS_TOKEN',
  403: 'the host refuses: its terms may have to be accepted there first, or MODELS_TOKEN be set',
  404: 'there is no such file',
};

async function orThrow(answer: Response, url: string): Promise<Response> {
  if (answer.ok) return answer;
  await answer.body?.cancel();
  const text = `${url}: ${whys[answer.status] ?? `the host answers ${answer.status}`}`;
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429)
    throw new RefusedDownload(text);
  throw new Error(text);
}
