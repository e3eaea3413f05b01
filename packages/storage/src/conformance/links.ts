import { linkSecondsMax } from '@polyreel/core';
import { expect, it } from 'vitest';
import { type GetTarget, freshPrefix, patience, patternBytes, putBytes } from './target.ts';

const film = patternBytes(0, 100_000);
const inHours = (hours: number) => ({ now: () => new Date(Date.now() + hours * 3_600_000) });

export function linkCases(target: GetTarget): void {
  const fetchUrl = (url: string, init: RequestInit = {}) => fetch(url, { ...init, redirect: 'error', signal: patience() });
  const storeFilm = async (name = 'film.mp4') => {
    const key = freshPrefix() + name;
    await putBytes(target().store, key, film);
    return key;
  };
  const options = { expiresInSeconds: 600, contentType: 'video/mp4' };
  /** Refused, and no byte of the film is given away. */
  const expectRefused = async (url: string, init: RequestInit = {}) => {
    const answer = await fetchUrl(url, init);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(Buffer.from(await answer.arrayBuffer()).includes(film.subarray(0, 64))).toBe(false);
  };

  it.each(['film.mp4', 'ein Stück +&=%41 日本.mp4'])('gives %s to whoever has the link', async (name) => {
    const url = await target().store.link(await storeFilm(name), options);
    const answer = await fetchUrl(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('video/mp4');
    expect(answer.headers.get('content-length')).toBe('100000');
    expect(Buffer.from(await answer.arrayBuffer()).equals(film)).toBe(true);
  });

  it.each([
    ['bytes=0-9', 206, 'bytes 0-9/100000', [0, 10]],
    ['bytes=99990-', 206, 'bytes 99990-99999/100000', [99_990, 10]],
    ['bytes=-10', 206, 'bytes 99990-99999/100000', [99_990, 10]],
    ['bytes=99999-200000', 206, 'bytes 99999-99999/100000', [99_999, 1]],
  ] as const)('answers Range %s with that part', async (range, status, contentRange, [offset, length]) => {
    const url = await target().store.link(await storeFilm(), options);
    const answer = await fetchUrl(url, { headers: { range } });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(Buffer.from(await answer.arrayBuffer()).equals(film.subarray(offset, offset + length))).toBe(true);
  });

  it('answers a range beyond the end with 416', async () => {
    const url = await target().store.link(await storeFilm(), options);
    expect((await fetchUrl(url, { headers: { range: 'bytes=100000-' } })).status).toBe(416);
  });

  it('sends the type and disposition that the link says', async () => {
    const key = await storeFilm();
    const attachment = { type: 'attachment', filename: 'Ein "Stück" – 海.mp4' } as const;
    const download = await fetchUrl(await target().store.link(key, { ...options, disposition: attachment }));
    expect(download.headers.get('content-disposition')).toMatch(
      /^attachment; filename=".*"; filename\*=UTF-8''Ein%20%22St%C3%BCck%22%20%E2%80%93%20%E6%B5%B7\.mp4$/,
    );
    const inline = { type: 'inline', filename: 'film.webm' } as const;
    const shown = await fetchUrl(await target().store.link(key, { ...options, contentType: 'video/webm', disposition: inline }));
    expect(shown.headers.get('content-type')).toBe('video/webm');
    expect(shown.headers.get('content-disposition')).toMatch(/^inline; filename="?film\.webm"?$/);
    await download.body?.cancel();
    await shown.body?.cancel();
  });

  it('never shows inline what a browser could run', async () => {
    const disposition = { type: 'inline', filename: 'page.html' } as const;
    const url = await target().store.link(await storeFilm(), { ...options, contentType: 'text/html', disposition });
    const answer = await fetchUrl(url);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    await answer.body?.cancel();
  });

  it('answers a link for HEAD with the headers, and refuses GET on it', async () => {
    const url = await target().store.link(await storeFilm(), { ...options, method: 'HEAD' });
    const answer = await fetchUrl(url, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), answer.headers.get('content-type')]).toEqual([
      200,
      '100000',
      'video/mp4',
    ]);
    await expectRefused(url);
  });

  it('refuses to write or delete through a link', async () => {
    const key = await storeFilm();
    const url = await target().store.link(key, options);
    for (const method of ['PUT', 'DELETE']) await expectRefused(url, { method, ...(method === 'PUT' && { body: 'x' }) });
    expect(await target().store.head(key)).toMatchObject({ sizeBytes: 100_000 });
  });

  it('refuses an expired link', async () => {
    const key = await storeFilm();
    const earlier = await target().withClock(inHours(-2));
    const url = await earlier.link(key, { ...options, expiresInSeconds: 3600 });
    await expectRefused(url);
    const stillGood = await earlier.link(key, { ...options, expiresInSeconds: 3 * 3600 });
    expect((await fetchUrl(stillGood)).status).toBe(200);
    await earlier.close();
  });

  it('refuses a link whose signature was tampered with', async () => {
    const url = await target().store.link(await storeFilm(), options);
    // The signature is the last long word of either form of link.
    const signature =
      url.match(/[A-Za-z0-9_-]{43,}/g)?.find((word) => url.includes(`X-Amz-Signature=${word}`) || url.endsWith(word)) ?? '';
    expect(signature.length).toBeGreaterThanOrEqual(43);
    const first = signature.startsWith('0') ? '1' : '0';
    await expectRefused(url.replace(signature, first + signature.slice(1)));
  });

  it('refuses a link that was signed with another secret', async () => {
    const stranger = await target().withWrongSecret();
    await expectRefused(await stranger.link(await storeFilm(), options));
    await stranger.close();
  });

  it('refuses a request without a signature', async () => {
    await expectRefused(target().unsignedUrl(await storeFilm()));
  });

  it('answers 404 when the object is gone', async () => {
    const key = await storeFilm();
    const url = await target().store.link(key, options);
    await target().store.delete(key);
    expect((await fetchUrl(url)).status).toBe(404);
  });

  it.each([0, -1, 1.5, linkSecondsMax + 1, Number.NaN])(
    'refuses to make a link that lives for %d seconds',
    async (expiresInSeconds) => {
      const refusal = { kind: 'invalid_request', code: 'invalid_link_options' };
      await expect(target().store.link('a', { ...options, expiresInSeconds })).rejects.toMatchObject(refusal);
    },
  );

  it('refuses to put a line break into a header', async () => {
    const link = target().store.link('a', { ...options, contentType: 'video/mp4\r\nX-Evil: 1' });
    await expect(link).rejects.toMatchObject({ code: 'invalid_link_options' });
  });
}
