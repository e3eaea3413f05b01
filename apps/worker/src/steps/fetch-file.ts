import { StepError } from '@polyreel/core';
import { sniffFile } from '@polyreel/media';
import { fetchAddress } from '../timeline/fetch-address.ts';
import type { SourceCache } from '../timeline/source-cache.ts';
import type { StepExecutor } from './step-executor.ts';

const bytesMax = 512 * 1024 ** 2;
/** What every runner opens. */
const kinds: readonly string[] = ['jpeg', 'png', 'webp'];

/** Brings the picture that an address holds, for the steps that need it. */
export function createFetchFile(deps: {
  sources: SourceCache;
  /** Of what headers hold. */
  unseal(sealed: string): string;
}): StepExecutor<'fetch-file'> {
  return async ({ url, headers: sealed = {}, place }, context) => {
    const { signal } = context;
    const headers = Object.fromEntries(Object.entries(sealed).map(([name, text]) => [name, deps.unseal(text)]));
    const request = { src: url, headers, place, name: 'fetched', maxBytes: bytesMax, isKept: true, signal };
    const fetched = await fetchAddress(deps.sources, context, request);
    const { kind, mediaType } = await sniffFile(fetched.path);
    if (!kinds.includes(kind))
      throw new StepError({
        code: 'asset_unusable',
        publicMessage: `${place}: it is ${mediaType}, not a JPEG, PNG or WebP picture`,
        permanent: true,
      });
    const file = { role: 'image', path: fetched.path, mediaType, name: `fetched.${kind}`, facts: {} } as const;
    const kept = await context.keep(file, 'intermediate');
    return { artifacts: [kept], warnings: [], jobArtifacts: [] };
  };
}
