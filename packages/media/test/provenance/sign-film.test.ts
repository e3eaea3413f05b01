import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makeDevelopmentCredential,
  type OpenCredential,
  openCredential,
  readManifest,
  signMedia,
} from '../../src/provenance/index.ts';
import { findManifestParts } from '../../src/provenance/jumbf.ts';
import { type SignFilmOptions, signFilm } from '../../src/provenance/sign-film.ts';
import { openIndependentReader } from '../../src/trials/independent-reader.ts';
import { never, rejection, run, tools, useScratch } from '../helpers.ts';

const scratch = useScratch();
let credential: OpenCredential;
beforeAll(async () => {
  credential = openCredential(await makeDevelopmentCredential({ organisation: 'Polyreel', now: new Date() }), new Date());
});

const facts = {
  title: 'film.mp4',
  generator: { name: 'Polyreel', version: '0.1.0' },
  softwareAgents: ['cpu'],
  createdAt: new Date('2026-11-21T12:00:00Z'),
  hasVisibleMark: false,
  credits: {},
};

const sign = (input: string, output: string, embedBytesMax = 1e9) =>
  signMedia({ input, output, mediaType: 'video/mp4', facts, ingredients: [], credential, embedBytesMax, signal: never() });

const stateOf = async (input: string): Promise<string> =>
  (await readManifest({ input, mediaType: 'video/mp4', anchors: [credential.anchorPem], signal: never() })).state;

const film = async (name: string, flags: string): Promise<string> => {
  const path = scratch(name);
  const sources = ['-f', 'lavfi', '-i', 'testsrc2=size=128x96:rate=16:duration=2', '-f', 'lavfi', '-i', 'sine=duration=2'];
  const coders = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '8', '-c:a', 'aac', '-movflags', flags];
  await run(tools.ffmpegPath, ['-v', 'error', '-y', ...sources, ...coders, path]);
  return path;
};

const startOf = (bytes: Buffer, type: string): number => bytes.indexOf(type, 0, 'latin1') - 4;

/** `mdat` first, its header with eight bytes for the length, in the place of the `free` box before it. */
const withLongHeader = (bytes: Buffer): Buffer => {
  const start = startOf(bytes, 'mdat');
  const header = Buffer.from('\0\0\0\x01mdat\0\0\0\0\0\0\0\0', 'latin1');
  header.writeBigUInt64BE(BigInt(bytes.readUInt32BE(start) + 8), 8);
  return Buffer.concat([bytes.subarray(0, startOf(bytes, 'free')), header, bytes.subarray(start + 8)]);
};

/** `mdat` last, its length left open: to the end of the file. */
const withOpenLength = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  changed.writeUInt32BE(0, startOf(bytes, 'mdat'));
  return changed;
};

const withSecondMdat = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.from('\0\0\x04\x08mdat', 'latin1'), Buffer.alloc(1024, 7)]);

const rewritten = async (name: string, input: string, change: (bytes: Buffer) => Buffer): Promise<string> => {
  const path = scratch(name);
  await writeFile(path, change(await readFile(input)));
  return path;
};

const layouts = {
  'moov first': () => film('first.mp4', '+faststart'),
  'moov last': () => film('last.mp4', '0'),
  fragments: () => film('fragments.mp4', 'frag_keyframe+empty_moov+skip_trailer'),
  'a long header': async () => rewritten('long.mp4', await film('last.mp4', '0'), withLongHeader),
  'an open length': async () => rewritten('open.mp4', await film('first.mp4', '+faststart'), withOpenLength),
  'two mdat': async () => rewritten('two.mp4', await film('first.mp4', '+faststart'), withSecondMdat),
} as const;

const changeByte = async (input: string, output: string, offset: number): Promise<void> => {
  const bytes = await readFile(input);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
  await writeFile(output, bytes);
};

describe('signMedia of an MP4', () => {
  it.each(Object.entries(layouts))('signs each layout, and a change of its last byte is seen: %s', async (_name, make) => {
    const [input, signed, changed] = [await make(), scratch('signed.mp4'), scratch('changed.mp4')];
    await sign(input, signed);
    expect(await stateOf(signed)).toBe('trusted');
    const packets = (path: string) =>
      run(tools.ffmpegPath, ['-v', 'error', '-i', path, '-map', '0', '-c', 'copy', '-f', 'md5', '-']);
    expect(await packets(signed)).toEqual(await packets(input));
    await changeByte(signed, changed, (await readFile(signed)).length - 1);
    expect(await stateOf(changed)).toBe('invalid');
    const reader = await openIndependentReader();
    const verdicts = await reader?.([signed, changed].map((path) => ({ mediaType: 'video/mp4', path })));
    if (verdicts !== undefined) expect(verdicts.map(({ state }) => state === 'Valid')).toEqual([true, false]);
  });

  it('binds a manifest beside the film to all of its bytes', async ({ skip }) => {
    const reader = await openIndependentReader();
    if (reader === null) return skip('no Python, or no package index');
    const [input, changed, manifest] = [await layouts['moov first'](), scratch('changed.mp4'), scratch('film.c2pa')];
    expect(await sign(input, manifest, 0)).toMatchObject({ form: 'sidecar' });
    await changeByte(input, changed, (await readFile(input)).length - 1);
    const verdicts = await reader([input, changed].map((path) => ({ mediaType: 'video/mp4', path, manifest })));
    expect(verdicts.map(({ state }) => state === 'Valid')).toEqual([true, false]);
  });

  it('refuses a film whose boxes do not fill the file', async () => {
    const input = await rewritten('short.mp4', await film('first.mp4', '+faststart'), (bytes) => bytes.subarray(0, -100));
    expect(await rejection(sign(input, scratch('short-signed.mp4')))).toMatchObject({ code: 'c2pa_failed' });
  });
});

describe('signFilm', () => {
  /** A library that answers with the signed film it was given, whatever it is asked to sign. */
  const signWith = async (change: (signed: Buffer) => void): Promise<Error> => {
    const input = await layouts['moov first']();
    await sign(input, scratch('signed.mp4'));
    const asset = await readFile(scratch('signed.mp4'));
    change(asset);
    const store = asset.subarray(asset.indexOf('jumb', 0, 'latin1') - 4);
    const manifest = store.subarray(0, store.readUInt32BE(0));
    const signatureBytes = findManifestParts(manifest).signature.length;
    const signSkeleton: SignFilmOptions['signSkeleton'] = async () => ({ asset, manifest });
    const options = { input, output: null, manifestOutput: null, signatureBytes, signSkeleton };
    return signFilm({ ...options, signClaim: async () => Buffer.alloc(signatureBytes) }).then(
      () => new Error('none'),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
  };

  it('computes the hash that the library computes, and signs nothing where they differ', async () => {
    expect((await signWith(() => undefined)).message).toBe('none');
    const error = await signWith((signed) => signed.writeUInt8(signed.readUInt8(signed.length - 1) ^ 1, signed.length - 1));
    expect(error.message).toBe('the library hashes otherwise than was expected');
  });

  it('signs nothing where the claim names another assertion', async () => {
    const error = await signWith((signed) => {
      const store = signed.subarray(signed.indexOf('jumb', 0, 'latin1') - 4);
      const { bmffHash } = findManifestParts(store.subarray(0, store.readUInt32BE(0)));
      bmffHash.writeUInt8(bmffHash.readUInt8(bmffHash.length - 1) ^ 1, bmffHash.length - 1);
    });
    expect(error.message).toBe('the library hashes otherwise than was expected');
  });
});
