import path from 'node:path';
import { type Artifact, type ArtifactRole, StepError, type StepParamsOf, type Warning } from '@polyreel/core';
import { timelineStretches } from '@polyreel/core';
import { z } from 'zod';
import { fetchAddress, fetchFailure } from '../timeline/fetch-address.ts';
import type { SourceCache } from '../timeline/source-cache.ts';
import type { StepContext, StepExecutor } from './step-executor.ts';

/** A file that an edit needs, as the renderer asks for it. */
export interface WantedSource {
  readonly id: string;
  /** Where the edit names it first. */
  readonly path: string;
  readonly origin:
    | { readonly type: 'address'; readonly src: string; readonly headers: Readonly<Record<string, string>> }
    | { readonly type: 'generation' };
}

export interface GivenSource {
  readonly path: string;
  /** See the renderer's `ResolvedSource`. */
  readonly identity?: string;
}

export interface TimelineRenderRequest {
  readonly document: unknown;
  /** Called once a source, several at a time. */
  resolveSource(source: WantedSource, signal: AbortSignal): Promise<GivenSource>;
  /** An existing folder. */
  readonly outputDir: string;
  readonly signal: AbortSignal;
  onProgress(progress: { readonly stage: 'fetching' | 'rendering'; readonly ratio: number }): void;
}

export interface TimelineRenderResult {
  /** The output first. */
  readonly files: readonly {
    readonly role: 'output' | 'poster' | 'thumbnail' | 'captions';
    readonly path: string;
    readonly mediaType: string;
  }[];
  readonly canvas: { readonly width: number; readonly height: number } | null;
  readonly frameCount: number;
  readonly durationSeconds: number;
  readonly warnings: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

export interface RenderTimelineDeps {
  render(request: TimelineRenderRequest): Promise<TimelineRenderResult>;
  /** Guarded on every hop. Throws DomainError. */
  readonly sources: SourceCache;
}

/** Of one source, and of all of a render. */
const sourceBytesMax = 2 * 1024 ** 3;
const allBytesMax = 10 * 1024 ** 3;

/** `timeline.cache: false`: nothing is taken from earlier renders. */
const cacheChoice = z.object({ edit: z.object({ timeline: z.object({ cache: z.boolean().optional() }) }) });

/** Draws a checked edit; what it needs comes from the account's files, from the document itself, or from the net. */
export function createRenderTimeline(deps: RenderTimelineDeps): StepExecutor<'render-timeline'> {
  return async (params, context) => {
    const choice = cacheChoice.safeParse(params.document);
    const fetching: Fetching = {
      ...{ deps, context, files: params.files, bytesLeft: allBytesMax },
      isKept: choice.data?.edit.timeline.cache !== false,
    };
    const result = await deps.render({
      document: params.document,
      outputDir: context.scratchDir,
      signal: context.signal,
      resolveSource: (source, signal) => fetchSource(fetching, source, signal),
      onProgress: ({ stage, ratio }) => context.onProgress(progressAt(stage, ratio)),
    });
    context.onProgress(timelineStretches.rendering);
    const kept: Artifact[] = [];
    for (const file of result.files) {
      const ending = path.extname(file.path);
      kept.push(
        await context.keep(
          {
            role: roleOf(file.role, file.mediaType),
            path: file.path,
            mediaType: file.mediaType,
            name: `${params.outputName}${nameEnds[file.role]}${ending}`,
            facts: factsOf(result, file),
          },
          'output',
        ),
      );
    }
    return { artifacts: kept, warnings: result.warnings.map(toWarning), jobArtifacts: kept };
  };
}

const progressAt = (stage: 'fetching' | 'rendering', ratio: number): number => {
  const { fetching, rendering } = timelineStretches;
  return stage === 'fetching' ? ratio * fetching : fetching + ratio * (rendering - fetching);
};

const nameEnds = { output: '', poster: '_poster', thumbnail: '_thumb', captions: '_captions' } as const;

function roleOf(role: TimelineRenderResult['files'][number]['role'], mediaType: string): ArtifactRole {
  if (role === 'thumbnail') return 'thumbnail';
  if (role === 'captions') return 'document';
  const [family] = mediaType.split('/');
  if (role === 'poster' || (family === 'image' && mediaType !== 'image/gif')) return 'image';
  if (family === 'audio') return 'audio';
  return family === 'video' || family === 'image' ? 'film' : 'document';
}

function factsOf(result: TimelineRenderResult, file: TimelineRenderResult['files'][number]) {
  if (file.role !== 'output') return {};
  const size = result.canvas ?? {};
  const frames = result.frameCount > 0 ? { frameCount: result.frameCount } : {};
  return { ...size, ...frames, durationSeconds: result.durationSeconds };
}

const toWarning = ({ code, path: place, message }: TimelineRenderResult['warnings'][number]): Warning => ({
  code,
  details: { path: place, message },
});

interface Fetching {
  readonly deps: RenderTimelineDeps;
  readonly context: StepContext;
  readonly files: StepParamsOf<'render-timeline'>['files'];
  readonly isKept: boolean;
  bytesLeft: number;
}

async function fetchSource(fetching: Fetching, source: WantedSource, signal: AbortSignal): Promise<GivenSource> {
  const { deps, context, files, isKept } = fetching;
  const { origin, path: place } = source;
  const own = files[origin.type === 'address' ? origin.src : source.id];
  if (own !== undefined) return bring(own, context, place);
  if (origin.type === 'generation') throw fetchFailure(place, 'it was not generated', { permanent: true });
  const maxBytes = Math.min(sourceBytesMax, fetching.bytesLeft);
  const fetched = await fetchAddress(deps.sources, context, { ...origin, place, name: source.id, maxBytes, isKept, signal });
  fetching.bytesLeft -= fetched.sizeBytes;
  if (fetching.bytesLeft < 0)
    throw fetchFailure(place, `the sources together have more than ${allBytesMax} bytes`, { permanent: true });
  return fetched;
}

/** A stored file never changes. */
export const fileIdentity = (fileId: string): string => `file ${fileId}`;

/** A file of the account's, or what an earlier step made. */
async function bring(ref: Fetching['files'][string], context: StepContext, place: string): Promise<GivenSource> {
  try {
    if ('fileId' in ref) return { path: await context.fetchFile(ref.fileId), identity: fileIdentity(ref.fileId) };
    const [artifact] = context.resultOf(ref.fromStep).artifacts;
    if (artifact === undefined) throw fetchFailure(place, 'nothing was generated', { permanent: true });
    return { path: await context.fetchArtifact(artifact), identity: fileIdentity(artifact.fileId) };
  } catch (cause) {
    throw cause instanceof StepError ? fetchFailure(place, cause.publicMessage, { permanent: cause.permanent, cause }) : cause;
  }
}
