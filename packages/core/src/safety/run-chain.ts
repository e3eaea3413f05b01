import { type SafetyFinding, safetyCategories, safetySeverities } from './categories.ts';

/** What a stage that crashes, hangs or talks nonsense means: `open` lets content pass, unchecked; `closed` refuses it. */
export type FailureRule = 'open' | 'closed';

export interface ChainLink {
  readonly name: string;
  readonly timeoutMs: number;
  readonly onFailure: FailureRule;
  judge(signal: AbortSignal): Promise<readonly SafetyFinding[]>;
}

export interface StageReport {
  readonly name: string;
  readonly end: 'judged' | 'failed' | 'timeout';
}

export interface ChainResult {
  /** `unavailable`: a stage whose rule is `closed` could not judge. */
  readonly outcome: 'allowed' | 'blocked' | 'unavailable';
  /** Those that block. */
  readonly findings: readonly SafetyFinding[];
  /** Every stage that was asked has judged. */
  readonly isChecked: boolean;
  readonly stages: readonly StageReport[];
  /** Why stages failed, for the log. */
  readonly faults: readonly { readonly stage: string; readonly error: unknown }[];
}

/** Asks one stage after the other and stops at the first that finds something that blocks. Never throws. */
export async function runChain(
  links: readonly ChainLink[],
  options: { blocking(findings: readonly SafetyFinding[]): readonly SafetyFinding[]; signal: AbortSignal },
): Promise<ChainResult> {
  const stages: StageReport[] = [];
  const faults: { stage: string; error: unknown }[] = [];
  for (const link of links) {
    const asked = await ask(link, options.signal);
    stages.push({ name: link.name, end: asked.end });
    if (asked.end === 'judged') {
      const findings = options.blocking(asked.findings);
      if (findings.length > 0) return { outcome: 'blocked', findings, isChecked: true, stages, faults };
      continue;
    }
    faults.push({ stage: link.name, error: asked.error });
    if (link.onFailure === 'closed') return { outcome: 'unavailable', findings: [], isChecked: false, stages, faults };
  }
  return { outcome: 'allowed', findings: [], isChecked: links.length > 0 && faults.length === 0, stages, faults };
}

type Asked =
  | { readonly end: 'judged'; readonly findings: readonly SafetyFinding[] }
  | { readonly end: 'failed' | 'timeout'; readonly error: unknown };

/** A stage that does not heed its signal is left behind all the same. */
async function ask(link: ChainLink, outer: AbortSignal): Promise<Asked> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`${link.name} did not answer within ${link.timeoutMs} ms`)),
    link.timeoutMs,
  );
  const signal = AbortSignal.any([outer, limit.signal]);
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const findings = await Promise.race([Promise.resolve().then(() => link.judge(signal)), over]);
    assertSensible(findings);
    return { end: 'judged', findings };
  } catch (error) {
    return { end: limit.signal.aborted ? 'timeout' : 'failed', error };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A stage speaks for somebody else's program: what it says is looked at before it is believed. */
function assertSensible(findings: unknown): void {
  const isSensible =
    Array.isArray(findings) &&
    findings.every(
      (one: unknown) =>
        typeof one === 'object' &&
        one !== null &&
        'category' in one &&
        'severity' in one &&
        safetyCategories.some((category) => category === one.category) &&
        safetySeverities.some((severity) => severity === one.severity),
    );
  if (!isSensible) throw new TypeError('the stage answered with something that is no list of findings');
}
