import { DomainError, type Embedder } from '@polyreel/core';
import { z } from 'zod';

export interface EmbedderOptions {
  /** Up to and with `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string | null;
}

const replySchema = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.array(z.number()).min(1) })),
});
/** What endpoints of this kind take at least. */
const textLengthMax = 8000;

/**
 * Vectors of texts by an OpenAI-style `/embeddings` endpoint that the operator named, in the order of the texts. Throws DomainError
 * `backend_unavailable`, code `embedding_failed`, that says nothing of text or key.
 */
export function createEmbedder({ baseUrl, model, apiKey }: EmbedderOptions): Embedder {
  return {
    async embed(texts, signal) {
      try {
        const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/embeddings`, {
          method: 'POST',
          redirect: 'error',
          signal,
          headers: { 'content-type': 'application/json', ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }) },
          body: JSON.stringify({ model, input: texts.map((text) => text.slice(0, textLengthMax)), encoding_format: 'float' }),
        });
        if (!response.ok) {
          await response.body?.cancel();
          throw new Error(`the embeddings endpoint answered ${response.status}`);
        }
        const { data } = replySchema.parse(await response.json());
        return texts.map((_, index) => {
          const found = data.find((one) => one.index === index);
          if (!found) throw new Error(`the embeddings endpoint left out text ${index}`);
          return found.embedding;
        });
      } catch (cause) {
        throw new DomainError('backend_unavailable', 'The embedding model gave no usable answer', {
          code: 'embedding_failed',
          cause,
        });
      }
    },
  };
}
