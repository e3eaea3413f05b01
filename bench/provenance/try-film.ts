import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProvenanceStore } from '@polyreel/core';
import { runProcess } from '@polyreel/media';
import { fingerprintQuery } from '@polyreel/media/fingerprint';
import { makeDevelopmentCredential, openCredential, signMedia } from '@polyreel/media/provenance';
import { attackFilms, attacks, boxes, makeFilmedFilm, mirror, type openIndependentReader } from '@polyreel/media/trials';
import { makeTrialFilm, media, signal, type TrialFilm, watermarker } from './make-film.ts';
import type { BenchRecordOf, Records } from './records.ts';

export interface TrialTools {
  readonly records: Records;
  /** The server's own store, with all films so far. */
  readonly provenance: ProvenanceStore;
  readonly reader: Awaited<ReturnType<typeof openIndependentReader>>;
}

/** The second opinion is asked for every fifth film: it takes longer than all else together. */
const mpeg7Every = 5;

export const jobOf = (index: number): string => `job_${index}`;

/** Makes the film and writes down whatever of it is not yet known. */
export async function tryFilm(tools: TrialTools, folder: string, index: number): Promise<void> {
  const { records } = tools;
  const film = await makeTrialFilm(folder, index);
  if (!records.of('film').some((record) => record.index === index)) {
    const comparedFilms = records.of('film').length;
    const looks = await fingerprintQuery(media, { input: film.marked, kind: 'mp4', signal });
    const others = await tools.provenance.findByFingerprint(looks);
    await tools.provenance.record(toEntry(index, film.frames));
    const tried = await tryAttacks(tools, { folder, film, index });
    const { source, width, psnrMin } = film;
    const frames = film.frames.map(({ position, whole, mirrored, centre }) => ({
      ...{ position, whole: base64(whole), mirrored: base64(mirrored), centre: base64(centre) },
    }));
    records.add('film', { index, source, width, psnrMin, attacks: tried, frames, falseMatches: others.length, comparedFilms });
  }
  if (tools.reader !== null && !records.of('signature').some((record) => record.index === index))
    records.add('signature', { index, ...(await trySignature(tools.reader, { folder, film, index })) });
}

/** Films of earlier parts, so that later ones are told from them. */
export async function restoreFilms({ records, provenance }: TrialTools): Promise<void> {
  for (const { index, frames } of records.of('film')) {
    const bytes = frames.map(({ position, whole, mirrored, centre }) => ({
      ...{ position, whole: buffer(whole), mirrored: buffer(mirrored), centre: buffer(centre) },
    }));
    await provenance.record(toEntry(index, bytes));
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const buffer = (text: string): Buffer => Buffer.from(text, 'base64');
const toEntry = (index: number, frames: TrialFilm['frames']) => ({
  ...{ jobId: jobOf(index), accountId: 'usr_bench', watermarkId: null, fingerprint: null, manifest: 'none' as const, frames },
});

type AttackRecord = BenchRecordOf<'film'>['attacks'][number];

async function tryAttacks(
  { provenance }: TrialTools,
  { folder, film, index }: { folder: string; film: TrialFilm; index: number },
): Promise<AttackRecord[]> {
  const wanted = [...attacks, mirror].map((attack, place) => ({
    attack,
    output: path.join(folder, `attacked-${place}.${attack.container}`),
  }));
  await attackFilms(media, film.marked, wanted);
  const tried: AttackRecord[] = [];
  for (const { attack, output } of wanted) {
    const read = await watermarker.read(media, { input: output, signal });
    const looks = await fingerprintQuery(media, { input: output, kind: attack.container === 'mkv' ? 'mkv' : 'mp4', signal });
    const [best] = await provenance.findByFingerprint(looks);
    tried.push({
      name: attack.name,
      hasMark: read?.id === film.id,
      hasFingerprint: best?.record.jobId === jobOf(index),
      isMpeg7: index % mpeg7Every === 0 ? await isSameForMpeg7(film.marked, output) : null,
    });
  }
  return tried;
}

async function isSameForMpeg7(film: string, attacked: string): Promise<boolean> {
  const graph = '[0:v][1:v]signature=nb_inputs=2:detectmode=full';
  const args = ['-nostdin', '-i', film, '-i', attacked, '-filter_complex', graph, '-f', 'null', '-'];
  const { stderr } = await runProcess({ command: media.ffmpegPath, args, signal, timeoutMs: 600_000 });
  return /matching of video|whole video matching/.test(stderr);
}

export async function signFilm(input: string, output: string) {
  const now = new Date();
  const credential = openCredential(await makeDevelopmentCredential({ organisation: 'Polyreel', now }), now);
  const generator = { name: 'Polyreel', version: '0' };
  return signMedia({
    ...{ input, output, mediaType: 'video/mp4', ingredients: [], credential, embedBytesMax: 1e9, signal },
    facts: { title: 'film', generator, softwareAgents: ['cpu'], createdAt: now, hasVisibleMark: false, credits: {} },
  });
}

/** Signs the film, then changes one bit inside `moov` or `mdat`; where, is drawn by the film's number. */
async function trySignature(
  reader: NonNullable<TrialTools['reader']>,
  { folder, film, index }: { folder: string; film: TrialFilm; index: number },
) {
  const [signed, changed] = [path.join(folder, 'signed.mp4'), path.join(folder, 'changed.mp4')];
  await signFilm(film.marked, signed);
  const found = await boxes(signed);
  const box = index % 2 === 0 ? ('mdat' as const) : ('moov' as const);
  const { start, end } = found[box];
  const offset = start + 8 + Math.floor(shareOf(index) * (end - start - 8));
  const bytes = await readFile(signed);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << (offset % 8)), offset);
  await writeFile(changed, bytes);
  const [whole, broken] = await reader([signed, changed].map((file) => ({ mediaType: 'video/mp4', path: file })));
  return { box, isValid: whole?.state === 'Valid', isChangeCaught: broken !== undefined && broken.state !== 'Valid' };
}

/** 0 to below 1, the same at every run. */
function shareOf(index: number): number {
  const value = Math.sin((index + 1) * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

/** A film without a mark: is an id read from it, is it taken for one of ours? */
export async function tryClip({ records, provenance }: TrialTools, folder: string, index: number): Promise<void> {
  const clip = path.join(folder, 'clip.mp4');
  await makeFilmedFilm(media, { path: clip, seed: 10_000 + index, canvas: { width: 480, height: 272 }, seconds: 3 });
  const read = await watermarker.read(media, { input: clip, signal });
  const looks = await fingerprintQuery(media, { input: clip, kind: 'mp4', signal });
  const comparedFilms = records.of('film').length;
  const matches = await provenance.findByFingerprint(looks);
  records.add('clip', { index, hasId: read !== null, falseMatches: matches.length, comparedFilms });
}
