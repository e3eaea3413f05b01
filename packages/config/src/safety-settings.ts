import { choiceSetting, durationSetting, setting, switchSetting, textSetting, urlSetting } from '@polyreel/core/settings';
import type { FailureRule } from '@polyreel/core/safety';
import { ConfigError } from './config-error.ts';

const stageNames = ['rules', 'images', 'moderation', 'guard'] as const;
type StageName = (typeof stageNames)[number];
const guardFormats = ['qwen3guard', 'llama-guard'] as const;
type GuardFormat = (typeof guardFormats)[number];

/** `images=open,guard=closed`, `moderation=off`; stages that are not named keep their default. */
function parseStages(text: string): Partial<Record<StageName, FailureRule | 'off'>> | undefined {
  const stages: Partial<Record<StageName, FailureRule | 'off'>> = {};
  for (const item of text.split(',')) {
    const match = /^(\w+)=(open|closed|off)$/.exec(item.trim());
    const name = stageNames.find((known) => known === match?.[1]);
    const rule = (['open', 'closed', 'off'] as const).find((known) => known === match?.[2]);
    if (name === undefined || rule === undefined || stages[name] !== undefined) return undefined;
    stages[name] = rule;
  }
  return stages;
}

/** What is judged, by whom, and what it means when one of them cannot. */
export const safetySettings = {
  CONTENT_SAFETY: switchSetting({
    description: 'Judge prompts, pictures and films. Off: nothing is judged, and answers say that it was not.',
  }).default(true),
  CONTENT_SAFETY_STAGES: setting(
    {
      description:
        'What happens when a stage crashes, hangs or talks nonsense: `closed` refuses what it should have judged, `open` lets it pass unchecked. `off`: it is not asked.',
      rule: `a comma list of STAGE=open, STAGE=closed or STAGE=off, where STAGE is one of ${stageNames.join(', ')}`,
      defaultText: 'closed for each; `moderation` and `guard` where their `_BASE_URL` is set',
    },
    parseStages,
  ).default({}),
  CONTENT_SAFETY_TIMEOUT: durationSetting({
    description: 'Longest answer of the moderation endpoint or the guard model to one question.',
    minSeconds: 1,
    maxSeconds: 300,
  }).default(20),
  CONTENT_SAFETY_LOG: choiceSetting({
    description: 'Decisions that are kept: all, refusals and failures, or none. By hash, never the content.',
    values: ['blocked', 'all', 'off'],
  }).default('blocked'),
  CONTENT_SAFETY_LOG_CONTENT: switchSetting({
    description: 'The log of decisions keeps texts too, not only their hashes.',
  }).default(false),
  GUARD_BASE_URL: urlSetting({
    description: 'OpenAI-style chat endpoint of a guard model, up to and with `/v1`.',
    protocols: ['http', 'https'],
  }).optional(),
  GUARD_MODEL: textSetting({ description: 'Guard model, e.g. a Qwen3Guard or a Llama Guard.' }).optional(),
  GUARD_API_KEY: textSetting({
    description: 'Key of the guard model.',
    isSecret: true,
    rule: 'text without line breaks',
    pattern: /^[^\r\n\0]+$/,
  }).optional(),
  GUARD_FORMAT: choiceSetting({
    description: 'How the guard model answers.',
    values: guardFormats,
    defaultText: 'by the name of the model',
  }).optional(),
};

interface Service {
  readonly baseUrl: string;
  readonly model: string | null;
  readonly apiKey: string | null;
}

export interface ContentSafetyConfig {
  /** Null: the stage is not asked. */
  readonly rules: FailureRule | null;
  readonly images: FailureRule | null;
  readonly moderation: (Service & { readonly onFailure: FailureRule }) | null;
  readonly guard: (Service & { readonly model: string; readonly format: GuardFormat; readonly onFailure: FailureRule }) | null;
  readonly timeoutSeconds: number;
  readonly logMode: 'all' | 'blocked' | 'off';
  readonly keepsContent: boolean;
}

export interface SafetyBase {
  readonly CONTENT_SAFETY: boolean;
  readonly CONTENT_SAFETY_STAGES: Partial<Record<StageName, FailureRule | 'off'>>;
  readonly CONTENT_SAFETY_TIMEOUT: number;
  readonly CONTENT_SAFETY_LOG: ContentSafetyConfig['logMode'];
  readonly CONTENT_SAFETY_LOG_CONTENT: boolean;
  readonly GUARD_BASE_URL?: string | undefined;
  readonly GUARD_MODEL?: string | undefined;
  readonly GUARD_API_KEY?: string | undefined;
  readonly GUARD_FORMAT?: GuardFormat | undefined;
}

/** Null: switched off. Throws ConfigError for a stage that is asked for and has no service, and for a model whose form is not known. */
export function buildSafety(base: SafetyBase, moderation: Service | null): ContentSafetyConfig | null {
  if (!base.CONTENT_SAFETY) return null;
  const ruleOf = (name: StageName): FailureRule | null => {
    const rule = base.CONTENT_SAFETY_STAGES[name] ?? 'closed';
    return rule === 'off' ? null : rule;
  };
  const needs = (name: StageName, service: string): never => {
    throw new ConfigError([{ name: service, value: undefined, rule: `must be given when CONTENT_SAFETY_STAGES names ${name}` }]);
  };
  const [ofModeration, ofGuard] = [ruleOf('moderation'), ruleOf('guard')];
  const isAsked = (name: StageName): boolean => (base.CONTENT_SAFETY_STAGES[name] ?? 'off') !== 'off';
  if (isAsked('moderation') && moderation === null) needs('moderation', 'MODERATION_BASE_URL');
  if (isAsked('guard') && base.GUARD_BASE_URL === undefined) needs('guard', 'GUARD_BASE_URL');
  return {
    rules: ruleOf('rules'),
    images: ruleOf('images'),
    moderation: moderation && ofModeration && { ...moderation, onFailure: ofModeration },
    guard: ofGuard && buildGuard(base, ofGuard),
    timeoutSeconds: base.CONTENT_SAFETY_TIMEOUT,
    logMode: base.CONTENT_SAFETY_LOG,
    keepsContent: base.CONTENT_SAFETY_LOG_CONTENT,
  };
}

function buildGuard(base: SafetyBase, onFailure: FailureRule): ContentSafetyConfig['guard'] {
  const { GUARD_BASE_URL: baseUrl, GUARD_MODEL: model, GUARD_API_KEY: apiKey } = base;
  if (baseUrl === undefined) return null;
  if (model === undefined)
    throw new ConfigError([{ name: 'GUARD_MODEL', value: undefined, rule: 'must be given with GUARD_BASE_URL' }]);
  const format = base.GUARD_FORMAT ?? formatOf(model);
  if (format === null)
    throw new ConfigError([
      { name: 'GUARD_FORMAT', value: undefined, rule: `must be given: the name ${model} does not tell how the model answers` },
    ]);
  return { baseUrl, model, apiKey: apiKey ?? null, format, onFailure };
}

/** By the name of the model. */
function formatOf(model: string): GuardFormat | null {
  if (/qwen-?3-?guard/i.test(model)) return 'qwen3guard';
  return /llama-?guard/i.test(model) ? 'llama-guard' : null;
}
