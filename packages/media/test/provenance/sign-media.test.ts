import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { StepError } from '@polyreel/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeFilm, makeImage } from '../../src/fixtures.ts';
import {
  makeDevelopmentCredential,
  type OpenCredential,
  openCredential,
  readManifest,
  type SignedMedia,
  type SignMediaOptions,
  signMedia,
} from '../../src/provenance/index.ts';
import { buildTimeStampRequest } from '../../src/provenance/time-stamp.ts';
import { boxes } from '../../src/trials/boxes.ts';
import { openIndependentReader, type Verdict } from '../../src/trials/independent-reader.ts';
import { startStampAuthority } from '../../src/trials/stamp-authority.ts';
import { never, rejection, run, scaled, tools, useScratch } from '../helpers.ts';

const scratch = useScratch();
const now = new Date('2026-11-21T12:00:00Z');
const rate = { numerator: 16, denominator: 1 };
let credential: OpenCredential;
beforeAll(async () => {
  credential = openCredential(await makeDevelopmentCredential({ organisation: 'Polyreel', now: new Date() }), new Date());
  await makeFilm(tools, { path: scratch('film.mp4'), canvas: { width: 320, height: 192 }, frameRate: rate, frameCount: 16 });
  await makeImage(tools, { path: scratch('start.png'), kind: 'png' });
  await makeImage(tools, { path: scratch('thumb.jpg'), kind: 'jpeg' });
});

const sign = (change: Partial<SignMediaOptions> = {}): Promise<SignedMedia> =>
  signMedia({
    input: scratch('film.mp4'),
    mediaType: 'video/mp4',
    output: scratch('signed.mp4'),
    facts: {
      title: 'film.mp4',
      generator: { name: 'Polyreel', version: '0.1.0' },
      softwareAgents: ['Wan 2.2'],
      createdAt: now,
      hasVisibleMark: false,
      credits: {},
    },
    ingredients: [],
    credential,
    embedBytesMax: 200_000_000,
    signal: never(),
    ...change,
  });

const anchors = (): string[] => [credential.anchorPem];
const read = (input: string, mediaType = 'video/mp4') => readManifest({ input, mediaType, anchors: anchors(), signal: never() });

describe('signMedia', () => {
  it('signs a film that plays as before and is trusted under the own authority', async () => {
    const answer = await sign();
    expect(answer).toMatchObject({ form: 'embedded', isTimeStamped: null });
    expect(await read(scratch('signed.mp4'))).toMatchObject({
      state: 'trusted',
      title: 'film.mp4',
      generator: 'Polyreel',
      issuer: 'Polyreel',
      actions: ['c2pa.created'],
      digitalSourceType: 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
      faults: [],
      watermarkId: null,
    });
    const hashOf = (path: string) => run(tools.ffmpegPath, ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'md5', '-']);
    expect(await hashOf(scratch('signed.mp4'))).toEqual(await hashOf(scratch('film.mp4')));
  });

  it('is valid but untrusted where nobody vouches for the signer', async () => {
    await sign();
    const report = await readManifest({ input: scratch('signed.mp4'), mediaType: 'video/mp4', anchors: [], signal: never() });
    expect(report).toMatchObject({ state: 'valid', faults: [] });
  });

  it('says everything that it was told: bindings, marks, credits, start frames', async () => {
    const facts = {
      title: 'film.mp4',
      generator: { name: 'Polyreel', version: '0.1.0' },
      softwareAgents: ['Wan 2.2'],
      createdAt: now,
      hasVisibleMark: true,
      watermarkId: '00ff00ff00ff00ff',
      fingerprint: 'ab'.repeat(32),
      credits: { title: 'Titel Ü', author: 'A. Author', organization: 'Org', copyright: '© 2026', other: { cs_mood: 'calm' } },
    };
    const ingredients = [{ label: 'start-frame-1', title: 'scene 1 start', mediaType: 'image/png', path: scratch('start.png') }];
    await sign({ facts, ingredients });
    expect(await read(scratch('signed.mp4'))).toMatchObject({
      state: 'trusted',
      title: 'Titel Ü',
      actions: ['c2pa.created', 'c2pa.edited', 'c2pa.watermarked.bound'],
      watermarkId: '00ff00ff00ff00ff',
      fingerprint: 'ab'.repeat(32),
      faults: [],
    });
    const reader = await openIndependentReader();
    const [verdict] = (await reader?.([{ mediaType: 'video/mp4', path: scratch('signed.mp4') }])) ?? [];
    if (verdict === undefined) return;
    expect(verdict.codes).toEqual(['signingCredential.untrusted']);
    const text = JSON.stringify(verdict.report);
    for (const word of ['A. Author', '© 2026', 'cs_mood', 'start-frame-1', 'inputTo', 'Wan 2.2']) expect(text).toContain(word);
  });

  it('signs the thumbnail as well', async () => {
    await sign({ input: scratch('thumb.jpg'), mediaType: 'image/jpeg', output: scratch('thumb-signed.jpg') });
    expect(await read(scratch('thumb-signed.jpg'), 'image/jpeg')).toMatchObject({ state: 'trusted', faults: [] });
    await run(tools.ffmpegPath, ['-v', 'error', '-xerror', '-i', scratch('thumb-signed.jpg'), '-f', 'null', '-']);
  });

  it('puts the manifest beside a film above the limit and leaves the film as it is', async () => {
    const { size } = await stat(scratch('film.mp4'));
    const answer = await sign({ embedBytesMax: size - 1, output: scratch('film.c2pa') });
    expect(answer.form).toBe('sidecar');
    expect(await read(scratch('film.mp4'))).toEqual({ state: 'none' });
    const reader = await openIndependentReader();
    const verdicts = await reader?.([{ mediaType: 'video/mp4', path: scratch('film.mp4'), manifest: scratch('film.c2pa') }]);
    for (const verdict of verdicts ?? []) expect(verdict).toMatchObject({ state: 'Valid' });
  });

  it('carries a time stamp where an authority is named, and says so where it cannot be had', async () => {
    const authority = await startStampAuthority(scratch('tsa'));
    try {
      expect(await sign({ timeStampUrl: authority.url })).toMatchObject({ isTimeStamped: true, timeStampFault: null });
    } finally {
      await authority.close();
    }
    expect(authority.answered()).toBe(1);
    const stamped = await read(scratch('signed.mp4'));
    expect(stamped).toMatchObject({ state: 'trusted' });
    expect(stamped.state !== 'none' && stamped.signedAt).toMatch(/^20\d\d-/);
    const answer = await sign({ timeStampUrl: authority.url });
    expect(answer.isTimeStamped).toBe(false);
    expect(answer.timeStampFault).not.toBeNull();
    expect(await read(scratch('signed.mp4'))).toMatchObject({ state: 'trusted', signedAt: null });
  });

  it('takes no time stamp over another message', async () => {
    const authority = await startStampAuthority(scratch('tsa'));
    const digest = createHash('sha256').update('another').digest();
    const other = await fetch(authority.url, {
      method: 'POST',
      body: new Uint8Array(buildTimeStampRequest(digest, randomBytes(8))),
    });
    const token = Buffer.from(await other.arrayBuffer());
    await authority.close();
    const liar = createServer((_request, response) => response.end(token));
    await new Promise<void>((done) => liar.listen(0, '127.0.0.1', done));
    const address = liar.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const answer = await sign({ timeStampUrl: `http://127.0.0.1:${port}/` });
    liar.close();
    expect(answer).toMatchObject({ isTimeStamped: false, timeStampFault: 'the time stamp is over another message' });
  });

  it('refuses what is no film, and leaves nothing behind', async () => {
    await writeFile(scratch('broken.mp4'), 'no film at all');
    const error = await rejection(sign({ input: scratch('broken.mp4'), output: scratch('broken-signed.mp4') }));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: 'c2pa_failed', permanent: true });
    await expect(stat(scratch('broken-signed.mp4'))).rejects.toThrow(/ENOENT/);
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await rejection(sign({ signal: controller.signal }))).toMatchObject({ code: 'aborted' });
  });
});

/** Changes one bit of one byte. */
const flip = async (path: string, target: string, offset: number): Promise<void> => {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << (offset % 8)), offset);
  await writeFile(target, bytes);
};

describe('an independent reader', () => {
  it('calls every film valid, and every change of one byte inside moov and mdat invalid', async ({ skip }) => {
    const reader = await openIndependentReader();
    if (reader === null) return skip('no Python, or no package index');
    const files: { mediaType: string; path: string }[] = [];
    for (let index = 0; index < scaled(100); index += 1) {
      const path = scratch(`source-${index}.mp4`);
      const source = `mandelbrot=start_scale=${(3 - index * 0.02).toFixed(2)}`;
      await makeFilm(tools, { path, canvas: { width: 128, height: 96 }, frameRate: rate, frameCount: 8, source });
      await sign({ input: path, output: scratch(`film-${index}.mp4`) });
      files.push({ mediaType: 'video/mp4', path: scratch(`film-${index}.mp4`) });
    }
    const verdicts = await reader(files);
    expect(verdicts.filter(isValid)).toHaveLength(files.length);

    const changed: { mediaType: string; path: string }[] = [];
    for (const [index, { path }] of files.entries()) {
      const { moov, mdat } = await boxes(path);
      const box = index % 2 === 0 ? mdat : moov;
      // Spread over the box without chance, so that a failure can be repeated; the first 8 bytes are its header.
      const offset = box.start + 8 + ((index * 7919 + 13) % (box.end - box.start - 8));
      await flip(path, scratch(`changed-${index}.mp4`), offset);
      changed.push({ mediaType: 'video/mp4', path: scratch(`changed-${index}.mp4`) });
    }
    expect((await reader(changed)).filter(isValid)).toEqual([]);
  });
});

const isValid = ({ state, codes }: Verdict): boolean =>
  state === 'Valid' && codes.every((code) => code === 'signingCredential.untrusted');
