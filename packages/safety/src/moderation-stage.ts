import { readFile } from 'node:fs/promises';
import type { PictureStage, SafetyCategory, SafetyFinding, SafetySeverity, TextStage } from '@polyreel/core/safety';
import { z } from 'zod';
import { type Endpoint, postJson } from './post-json.ts';

const replySchema = z.object({
  results: z
    .array(
      z.object({
        flagged: z.boolean(),
        categories: z.record(z.string(), z.boolean().nullable()),
        category_scores: z.record(z.string(), z.number().min(0).max(1)).optional(),
      }),
    )
    .min(1),
});

/** The endpoint's names as ours, and the least that a flag under that name means. */
const known: Readonly<Record<string, { category: SafetyCategory; severity: SafetySeverity }>> = {
  sexual: { category: 'sexual', severity: 'medium' },
  'sexual/minors': { category: 'minors', severity: 'high' },
  violence: { category: 'violence', severity: 'medium' },
  'violence/graphic': { category: 'violence', severity: 'high' },
  'self-harm': { category: 'self_harm', severity: 'medium' },
  'self-harm/intent': { category: 'self_harm', severity: 'high' },
  'self-harm/instructions': { category: 'self_harm', severity: 'high' },
  hate: { category: 'hate', severity: 'medium' },
  'hate/threatening': { category: 'hate', severity: 'high' },
  harassment: { category: 'harassment', severity: 'medium' },
  'harassment/threatening': { category: 'harassment', severity: 'high' },
  illicit: { category: 'illicit', severity: 'medium' },
  'illicit/violent': { category: 'illicit', severity: 'high' },
};

/** From this score on a flag is a grave one. */
const highScore = 0.9;
const pictureBytesMax = 20 * 1024 * 1024;

/** An OpenAI-style moderation endpoint. Pictures need a model that takes them (`omni-moderation-latest`). */
export function createModerationStage(endpoint: Endpoint & { readonly model: string | null }): TextStage & PictureStage {
  const ask = async (input: unknown, signal: AbortSignal): Promise<readonly SafetyFinding[]> => {
    const reply = await postJson(endpoint, {
      path: 'moderations',
      body: { input, ...(endpoint.model !== null && { model: endpoint.model }) },
      signal,
    });
    return findingsOf(replySchema.parse(reply).results);
  };
  return {
    name: 'moderation',
    judgeText: (text, { signal }) => ask(text, signal),
    async judgePicture(path, { signal }) {
      const bytes = await readFile(path, { signal });
      if (bytes.byteLength > pictureBytesMax)
        throw new Error(`a picture of ${bytes.byteLength} bytes is too large to be moderated`);
      return ask([{ type: 'image_url', image_url: { url: `data:${typeOf(bytes)};base64,${bytes.toString('base64')}` } }], signal);
    },
  };
}

function findingsOf(results: z.infer<typeof replySchema>['results']): SafetyFinding[] {
  return results.flatMap(({ flagged, categories, category_scores: scores = {} }) => {
    const found = Object.entries(categories).flatMap(([name, isSet]): SafetyFinding[] => {
      const meaning = known[name];
      if (isSet !== true || !meaning) return [];
      return [{ category: meaning.category, severity: (scores[name] ?? 0) >= highScore ? 'high' : meaning.severity }];
    });
    // A flag under a name of its own is a flag all the same, and none to be guessed at.
    if (flagged && found.length === 0) throw new Error('the endpoint flags content under no category that is known here');
    return found;
  });
}

function typeOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x89) return 'image/png';
  return bytes[0] === 0x52 ? 'image/webp' : 'image/jpeg';
}
