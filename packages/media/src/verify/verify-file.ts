import { stat } from 'node:fs/promises';
import { DomainError, type FingerprintMatch, type ProvenanceRecord, type ProvenanceStore, StepError } from '@polyreel/core';
import { fingerprintQuery } from '../fingerprint/index.ts';
import { identifyFile } from '../media-inspector.ts';
import { mediaKinds, type Sniffed } from '../media-kinds.ts';
import { type ManifestReport, readManifest } from '../provenance/read-manifest.ts';
import type { MediaTools } from '../tools.ts';
import type { ReadWatermark, Watermarker } from '../watermark/watermarker.ts';

export interface VerifyDeps {
  readonly media: MediaTools;
  readonly provenance: Pick<ProvenanceStore, 'findByWatermark' | 'findByFingerprint'>;
  readonly watermarker: Watermarker;
  /** PEM certificates whose signers are trusted. */
  readonly anchors: readonly string[];
}

export interface VerifyReport {
  readonly file: { readonly mediaType: string; readonly sizeBytes: number };
  /** `unreadable`: the file is too broken to say, or of a type that carries no manifest. */
  readonly c2pa: ManifestReport | { readonly state: 'unreadable'; readonly reason: string };
  readonly watermark: ReadWatermark | null;
  readonly matches: readonly FingerprintMatch[];
  /** The film of this server that the file is, or was made from. */
  readonly found: { readonly by: 'watermark' | 'fingerprint'; readonly record: ProvenanceRecord } | null;
}

/** Types that a manifest is looked for in. */
const signedTypes: readonly string[] = ['video/mp4', 'video/quicktime', 'image/jpeg', 'image/png', 'image/webp'];

/**
 * What can be said of a film or picture of anybody's: its manifest, the hidden mark, films of this server that look the same. Throws
 * DomainError `unsupported_media` for what is neither.
 */
export const verifyFile = async (
  deps: VerifyDeps,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<VerifyReport> => {
  const sniffed = await identifyFile(deps.media, path, { signal });
  if ((sniffed.family !== 'video' && sniffed.family !== 'image') || mediaKinds[sniffed.kind].demuxer === null)
    throw new DomainError('unsupported_media', 'The file is neither a film nor a picture that can be looked at', {
      code: 'not_verifiable',
    });
  const { size } = await stat(path);
  const c2pa = await manifestOf(deps, path, sniffed, signal);
  const seen = await look(deps, path, sniffed, signal);
  const { watermark, matches } = seen;
  const marked = watermark && (await deps.provenance.findByWatermark(watermark.id));
  const [best] = matches;
  return {
    file: { mediaType: sniffed.mediaType, sizeBytes: size },
    c2pa,
    watermark,
    matches,
    found: marked ? { by: 'watermark', record: marked } : best ? { by: 'fingerprint', record: best.record } : null,
  };
};

const manifestOf = async (
  deps: VerifyDeps,
  path: string,
  { mediaType }: Sniffed,
  signal: AbortSignal,
): Promise<VerifyReport['c2pa']> => {
  if (!signedTypes.includes(mediaType))
    return { state: 'unreadable', reason: `files of type ${mediaType} carry no manifest here` };
  try {
    return await readManifest({ input: path, mediaType, anchors: deps.anchors, signal });
  } catch (error) {
    if (!(error instanceof StepError) || error.code !== 'c2pa_failed') throw error;
    return { state: 'unreadable', reason: error.cause instanceof Error ? error.cause.message.slice(0, 200) : 'unknown' };
  }
};

/** A file that no picture can be got out of has neither mark nor likeness. */
const look = async (
  deps: VerifyDeps,
  path: string,
  { kind, family }: Sniffed,
  signal: AbortSignal,
): Promise<Pick<VerifyReport, 'watermark' | 'matches'>> => {
  try {
    const watermark = await deps.watermarker.read(deps.media, { input: path, signal });
    const looks = await fingerprintQuery(deps.media, { input: path, kind, isStill: family === 'image', signal });
    return { watermark, matches: await deps.provenance.findByFingerprint(looks) };
  } catch (error) {
    if (error instanceof StepError && (error.code === 'process_failed' || error.permanent))
      return { watermark: null, matches: [] };
    throw error;
  }
};
