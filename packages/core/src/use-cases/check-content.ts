import { DomainError, StepError } from '../errors.ts';
import type { Clock } from '../ids.ts';
import type {
  PictureStage,
  SafetyDecisionRow,
  SafetyLog,
  SafetyPicture,
  SafetyText,
  TextStage,
} from '../ports/content-safety.ts';
import { categoryTexts, type SafetyFinding } from '../safety/categories.ts';
import { blockingFindings, defaultPolicy, type SafetyPolicy } from '../safety/policy.ts';
import { type ChainLink, type ChainResult, type FailureRule, runChain } from '../safety/run-chain.ts';
import { bundleTexts } from '../safety/texts-of-spec.ts';

export interface ChainedStage<S> {
  readonly stage: S;
  readonly timeoutMs: number;
  readonly onFailure: FailureRule;
}

export interface ContentCheckDeps {
  readonly textStages: readonly ChainedStage<TextStage>[];
  readonly pictureStages: readonly ChainedStage<PictureStage>[];
  readonly log: SafetyLog;
  /** `blocked`: refusals and stages that failed. */
  readonly logMode: 'all' | 'blocked' | 'off';
  /** Texts go into the log, not only their hashes. */
  readonly keepsContent: boolean;
  /** Keyed hash, lower-case hex. */
  hashText(text: string): string;
  hashFile(path: string): Promise<string>;
  readonly clock: Clock;
  onFault(stage: string, error: unknown): void;
}

/** On whose behalf something is judged. */
export interface SafetySubject {
  readonly accountId: string;
  readonly keyId: string | null;
  readonly surface?: string | null;
  readonly jobId?: string | null;
  /** Null or absent: the default. */
  readonly safety?: SafetyPolicy | null | undefined;
}

export interface Checked {
  /** Every stage has judged. False where the check is off or a stage failed whose rule lets content pass. */
  readonly isChecked: boolean;
}

/**
 * Judges content before anything is queued and after it was made. What a policy blocks is refused: before with DomainError
 * `content_blocked` (`details.reason`, `flaggedCategories`, `place`, `scene`), after with a permanent StepError of that code. What cannot be
 * judged by a stage whose rule is `closed` is DomainError `backend_unavailable`, code `safety_unavailable`, or a StepError that may pass.
 */
export interface ContentCheck {
  checkTexts(subject: SafetySubject, texts: readonly SafetyText[]): Promise<Checked>;
  checkPicture(subject: SafetySubject, picture: SafetyPicture): Promise<Checked>;
  /** Pictures of a result: a film's frames, in order. */
  checkResult(subject: SafetySubject, frames: readonly SafetyPicture[], signal: AbortSignal): Promise<Checked>;
}

/** The answer then says that nothing was checked. */
export const uncheckedContent: ContentCheck = {
  checkTexts: async () => ({ isChecked: false }),
  checkPicture: async () => ({ isChecked: false }),
  checkResult: async () => ({ isChecked: false }),
};

interface Judged {
  readonly place: string;
  readonly contentHash: string;
  readonly content: string | null;
  readonly result: ChainResult;
}

const never = new AbortController().signal;

export function createContentCheck(deps: ContentCheckDeps): ContentCheck {
  const remembered = createMemory(deps.clock);

  const judgeText = async (subject: SafetySubject, { place, text }: SafetyText): Promise<Judged> => {
    const policy = subject.safety ?? defaultPolicy;
    const contentHash = deps.hashText(text);
    const key = `${contentHash} ${JSON.stringify(policy)}`;
    const known = remembered.find(key);
    const result =
      known ??
      (await runChain(
        linksOf(deps.textStages, (stage, signal) => stage.judgeText(text, { policy, signal })),
        chainOptions(policy),
      ));
    if (!known) remembered.keep(key, result);
    return { place, contentHash, content: deps.keepsContent ? text : null, result };
  };
  const judgePicture = async (subject: SafetySubject, { place, path }: SafetyPicture, signal: AbortSignal): Promise<Judged> => {
    const policy = subject.safety ?? defaultPolicy;
    const contentHash = await deps.hashFile(path);
    const key = `${contentHash} ${JSON.stringify(policy)}`;
    const known = remembered.find(key);
    const links = linksOf(deps.pictureStages, (stage, inner) => stage.judgePicture(path, { policy, signal: inner }));
    const result = known ?? (await runChain(links, { ...chainOptions(policy), signal }));
    if (!known) remembered.keep(key, result);
    return { place, contentHash, content: null, result };
  };
  const note = async (subject: SafetySubject, phase: 'before' | 'after', judged: readonly Judged[]): Promise<void> => {
    for (const { result } of judged) for (const { stage, error } of result.faults) deps.onFault(stage, error);
    const rows = judged
      .filter(
        ({ result }) =>
          deps.logMode === 'all' || (deps.logMode === 'blocked' && (result.outcome !== 'allowed' || result.faults.length > 0)),
      )
      .map((one) => toRow(subject, phase, one));
    if (rows.length > 0) await deps.log.append(rows);
  };

  return {
    async checkTexts(subject, texts) {
      const judged: Judged[] = [];
      for (const text of bundleTexts(texts)) {
        const one = await judgeText(subject, text);
        judged.push(one);
        if (one.result.outcome !== 'allowed') break;
      }
      await note(subject, 'before', judged);
      refuseBefore(judged);
      return { isChecked: judged.every(({ result }) => result.isChecked) };
    },
    async checkPicture(subject, picture) {
      const judged = [await judgePicture(subject, picture, never)];
      await note(subject, 'before', judged);
      refuseBefore(judged);
      return { isChecked: judged.every(({ result }) => result.isChecked) };
    },
    async checkResult(subject, frames, signal) {
      const judged: Judged[] = [];
      for (const frame of frames) {
        const one = await judgePicture(subject, frame, signal);
        // A stop of the work is no verdict of a stage.
        signal.throwIfAborted();
        judged.push(one);
        if (one.result.outcome !== 'allowed') break;
      }
      await note(subject, 'after', judged);
      refuseAfter(judged);
      return { isChecked: judged.length > 0 && judged.every(({ result }) => result.isChecked) };
    },
  };
}

const chainOptions = (policy: SafetyPolicy) => ({
  blocking: (findings: readonly SafetyFinding[]) => blockingFindings(findings, policy),
  signal: never,
});

const linksOf = <S extends { readonly name: string }>(
  stages: readonly ChainedStage<S>[],
  judge: (stage: S, signal: AbortSignal) => Promise<readonly SafetyFinding[]>,
): ChainLink[] =>
  stages.map(({ stage, timeoutMs, onFailure }) => ({
    name: stage.name,
    timeoutMs,
    onFailure,
    judge: (signal) => judge(stage, signal),
  }));

const toRow = (
  subject: SafetySubject,
  phase: 'before' | 'after',
  { place, contentHash, content, result }: Judged,
): SafetyDecisionRow => ({
  accountId: subject.accountId,
  keyId: subject.keyId,
  surface: subject.surface ?? null,
  jobId: subject.jobId ?? null,
  phase,
  outcome: result.outcome,
  isChecked: result.isChecked,
  categories: [...new Set(result.findings.map(({ category }) => category))],
  place,
  contentHash,
  content,
  stages: result.stages,
});

const reasonOf = (findings: readonly SafetyFinding[]): string =>
  [...new Set(findings.map(({ category }) => categoryTexts[category]))].join(', ');

function refuseBefore(judged: readonly Judged[]): void {
  const last = judged.at(-1);
  if (!last || last.result.outcome === 'allowed') return;
  const { place, result } = last;
  if (result.outcome === 'unavailable')
    throw new DomainError('backend_unavailable', 'The content could not be checked', {
      code: 'safety_unavailable',
      retryAfterSeconds: 30,
      cause: result.faults.at(-1)?.error,
    });
  const scene = /^scenes\[(\d+)\]/.exec(place)?.[1];
  throw new DomainError('content_blocked', 'Content blocked', {
    details: {
      reason: reasonOf(result.findings),
      flaggedCategories: [...new Set(result.findings.map(({ category }) => category))],
      place,
      ...(scene !== undefined && { scene: Number(scene) }),
    },
  });
}

function refuseAfter(judged: readonly Judged[]): void {
  const last = judged.at(-1);
  if (!last || last.result.outcome === 'allowed') return;
  if (last.result.outcome === 'unavailable')
    throw new StepError({
      code: 'safety_unavailable',
      publicMessage: 'The result could not be checked',
      permanent: false,
      cause: last.result.faults.at(-1)?.error,
    });
  throw new StepError({ code: 'content_blocked', publicMessage: `Content failed the compliance check: ${reasonOf(last.result.findings)}`, permanent: true });
}

const rememberMs = 60_000;
const rememberedMax = 2000;

/** Content is often asked about twice within a request, and by whoever tries again. Only full judgements are remembered. */
function createMemory(clock: Clock) {
  const known = new Map<string, { readonly result: ChainResult; readonly until: number }>();
  return {
    find(key: string): ChainResult | undefined {
      const found = known.get(key);
      return found && found.until > clock.now().getTime() ? found.result : undefined;
    },
    keep(key: string, result: ChainResult): void {
      if (!result.isChecked) return;
      if (known.size >= rememberedMax) known.clear();
      known.set(key, { result, until: clock.now().getTime() + rememberMs });
    },
  };
}
