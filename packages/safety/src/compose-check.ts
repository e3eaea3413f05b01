import { createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@polyreel/core';
import {
  type ChainedStage,
  type ContentCheck,
  createContentCheck,
  type FailureRule,
  type PictureStage,
  rulesStage,
  type SafetyLog,
  type TextStage,
  uncheckedContent,
} from '@polyreel/core/safety';
import { createGuardStage, type GuardFormat } from './guard-stage.ts';
import { createImageClassifier, createImageStage } from './image-classifier/image-stage.ts';
import { createModerationStage } from './moderation-stage.ts';
import type { Endpoint } from './post-json.ts';

/** What the operator asked for; a stage that is null is not asked. */
export interface SafetyConfig {
  readonly rules: FailureRule | null;
  readonly images: FailureRule | null;
  readonly moderation: (Endpoint & { readonly model: string | null; readonly onFailure: FailureRule }) | null;
  readonly guard: (Endpoint & { readonly model: string; readonly format: GuardFormat; readonly onFailure: FailureRule }) | null;
  /** For one question to a service. */
  readonly timeoutSeconds: number;
  readonly logMode: 'all' | 'blocked' | 'off';
  readonly keepsContent: boolean;
}

export interface ComposeOptions {
  /** Null: the check is switched off. */
  readonly config: SafetyConfig | null;
  readonly log: SafetyLog;
  /** Keys the hashes of the log. */
  readonly hashKey: Uint8Array;
  readonly clock: Clock;
  onFault(stage: string, error: unknown): void;
}

const rulesTimeoutMs = 5000;
/** The first picture waits for the model. */
const imagesTimeoutMs = 120_000;

/** The check of this process and how to take it down. */
export function composeContentCheck(options: ComposeOptions): { check: ContentCheck; close(): Promise<void> } {
  const { config, hashKey } = options;
  if (config === null) return { check: uncheckedContent, close: async () => undefined };
  const timeoutMs = config.timeoutSeconds * 1000;
  const classifier = createImageClassifier();
  const moderation = config.moderation && createModerationStage(config.moderation);
  const textStages: ChainedStage<TextStage>[] = [];
  const pictureStages: ChainedStage<PictureStage>[] = [];
  if (config.rules) textStages.push({ stage: rulesStage, timeoutMs: rulesTimeoutMs, onFailure: config.rules });
  if (config.images)
    pictureStages.push({ stage: createImageStage(classifier), timeoutMs: imagesTimeoutMs, onFailure: config.images });
  if (config.moderation && moderation) {
    const { onFailure, model } = config.moderation;
    textStages.push({ stage: moderation, timeoutMs, onFailure });
    if (model?.startsWith('omni')) pictureStages.push({ stage: moderation, timeoutMs, onFailure });
  }
  if (config.guard) textStages.push({ stage: createGuardStage(config.guard), timeoutMs, onFailure: config.guard.onFailure });
  const check = createContentCheck({
    ...{ textStages, pictureStages, log: options.log, logMode: config.logMode, keepsContent: config.keepsContent },
    hashText: (text) => createHmac('sha256', hashKey).update(text).digest('hex'),
    async hashFile(path) {
      const hash = createHmac('sha256', hashKey);
      await pipeline(createReadStream(path), hash);
      return hash.digest('hex');
    },
    clock: options.clock,
    onFault: options.onFault,
  });
  return { check, close: () => classifier.close() };
}
