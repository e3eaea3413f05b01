import type { SafetyCategory, SafetyFinding, SafetySeverity, TextStage } from '@polyreel/core/safety';
import { z } from 'zod';
import { type Endpoint, postJson } from './post-json.ts';

export const guardFormats = ['qwen3guard', 'llama-guard'] as const;
export type GuardFormat = (typeof guardFormats)[number];

const replySchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

/**
 * A guard model behind an OpenAI-style chat endpoint. The text goes alone: the chat template of such a model holds its instructions
 * and wraps what the user says.
 */
export function createGuardStage(endpoint: Endpoint & { readonly model: string; readonly format: GuardFormat }): TextStage {
  const read = { qwen3guard: readQwen3Guard, 'llama-guard': readLlamaGuard }[endpoint.format];
  return {
    name: 'guard',
    async judgeText(text, { signal }) {
      const body = {
        ...{ model: endpoint.model, stream: false, temperature: 0, max_tokens: 128 },
        messages: [{ role: 'user', content: text }],
      };
      const reply = replySchema.parse(await postJson(endpoint, { path: 'chat/completions', body, signal }));
      return read(reply.choices[0]?.message.content ?? '');
    },
  };
}

const withoutThoughts = (text: string): string => text.replace(/<think>[\s\S]*?<\/think>/gi, '').trim();

const qwenCategories: Readonly<Record<string, SafetyCategory | null>> = {
  violent: 'violence',
  'non-violent illegal acts': 'illicit',
  'sexual content or sexual acts': 'sexual',
  'suicide & self-harm': 'self_harm',
  'unethical acts': 'hate',
  // No harm that a film server judges.
  ...{
    pii: null,
    'personally identifiable information': null,
    'politically sensitive topics': null,
    'copyright violation': null,
    jailbreak: null,
    none: null,
  },
};

/** `Safety: Unsafe` and `Categories: Violent, PII`, as its model card has them. Throws for anything else. */
export function readQwen3Guard(answer: string): SafetyFinding[] {
  const text = withoutThoughts(answer);
  const safety = /^Safety:\s*(Safe|Unsafe|Controversial)\s*$/im.exec(text)?.[1]?.toLowerCase();
  if (safety === undefined) throw new Error('the guard model gave no verdict');
  if (safety === 'safe') return [];
  const severity: SafetySeverity = safety === 'unsafe' ? 'high' : 'low';
  const names = (/^Categories:\s*(.+)$/im.exec(text)?.[1] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const categories = names.map((name) => qwenCategories[name]);
  if (safety === 'unsafe' && (names.length === 0 || categories.includes(undefined)))
    throw new Error('the guard model names no category that is known here');
  return [...new Set(categories)].flatMap((category) => (category == null ? [] : [{ category, severity }]));
}

/** MLCommons hazards of Llama Guard 3 and 4; null: no harm that a film server judges. */
const llamaCategories: Readonly<Record<string, SafetyCategory | null>> = {
  ...{ s1: 'violence', s2: 'illicit', s3: 'sexual', s4: 'minors', s5: 'harassment', s6: null, s7: 'harassment', s8: null },
  ...{ s9: 'illicit', s10: 'hate', s11: 'self_harm', s12: 'sexual', s13: null, s14: null },
};

/** `safe`, or `unsafe` and a line of hazards such as `S1,S10`. Throws for anything else. */
export function readLlamaGuard(answer: string): SafetyFinding[] {
  const [verdict = '', hazards = ''] = withoutThoughts(answer)
    .split('\n')
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== '');
  if (verdict === 'safe') return [];
  const categories = hazards.split(/[\s,]+/).map((name) => llamaCategories[name]);
  if (verdict !== 'unsafe' || categories.includes(undefined)) throw new Error('the guard model gave no verdict');
  return [...new Set(categories)].flatMap((category) => (category == null ? [] : [{ category, severity: 'high' }]));
}
