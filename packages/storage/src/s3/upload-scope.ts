import { AsyncLocalStorage } from 'node:async_hooks';
import type { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * lib-storage sends its parts without a signal: an aborted upload goes on in the background, and after one lost part it still sends all
 * the others. The scope carries both words to the requests of one upload.
 */
export interface UploadScope {
  /** Ends what is on its way. Requests that carry no content (begin, complete, abort) are left to finish, so no upload is lost sight of. */
  readonly signal: AbortSignal;
  /** Called when a request has failed for good, its retries included. */
  readonly onFailure: (error: unknown) => void;
}

const scopes = new AsyncLocalStorage<UploadScope>();

export function runInUploadScope<T>(scope: UploadScope, upload: () => Promise<T>): Promise<T> {
  return scopes.run(scope, upload);
}

export class UploadScopeHandler extends NodeHttpHandler {
  override handle(
    request: Parameters<NodeHttpHandler['handle']>[0],
    options: Parameters<NodeHttpHandler['handle']>[1],
  ): ReturnType<NodeHttpHandler['handle']> {
    const scope = request.method === 'PUT' ? scopes.getStore() : undefined;
    return super.handle(request, scope === undefined ? options : { ...options, abortSignal: scope.signal });
  }
}

export function watchUploads(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (input) => {
      try {
        return await next(input);
      } catch (error) {
        scopes.getStore()?.onFailure(error);
        throw error;
      }
    },
    { step: 'initialize', priority: 'high', name: 'watchUploads' },
  );
}
