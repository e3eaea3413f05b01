import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SafetyDecisionRow, TextStage } from '../ports/content-safety.ts';
import type { SafetyFinding } from '../safety/categories.ts';
import { rulesStage } from '../safety/rules-stage.ts';
import type { FailureRule } from '../safety/run-chain.ts';
import { textsOf } from '../safety/texts-of-spec.ts';
import { type ChainedStage, type ContentCheckDeps, createContentCheck } from './check-content.ts';

const subject = { accountId: 'usr_1', keyId: 'key_1', surface: 'one' };
const finding: SafetyFinding = { category: 'violence', severity: 'high' };
const stage = (
  judgeText: TextStage['judgeText'],
  onFailure: FailureRule = 'closed',
  timeoutMs = 20,
): ChainedStage<TextStage> => ({
  stage: { name: 'other', judgeText },
  timeoutMs,
  onFailure,
});
const rules: ChainedStage<TextStage> = { stage: rulesStage, timeoutMs: 1000, onFailure: 'closed' };

function build(textStages: ContentCheckDeps['textStages'], changes: Partial<ContentCheckDeps> = {}) {
  const rows: SafetyDecisionRow[] = [];
  const faults: string[] = [];
  const check = createContentCheck({
    textStages,
    pictureStages: [],
    log: {
      append: async (more) => {
        rows.push(...more);
      },
      list: async () => [],
    },
    logMode: 'blocked',
    keepsContent: false,
    hashText: (text) => createHash('sha256').update(text).digest('hex'),
    hashFile: async (path) => path,
    clock: { now: () => new Date(0) },
    onFault: (name) => faults.push(name),
    ...changes,
  });
  return { rows, faults, ask: (text: string) => check.checkTexts(subject, [{ place: 'scenes[1].prompt', text }]), check };
}

// What a program on the other side of a stage may do.
const crashing = async (): Promise<never> => {
  throw new Error('connection refused');
};
const hanging = (): Promise<never> => new Promise<never>(() => undefined);
const lies: readonly unknown[] = [
  null,
  'safe',
  [{}],
  [{ category: 'weather', severity: 'high' }],
  [{ category: 'hate', severity: 11 }],
];
const lying = (lie: unknown) => (): Promise<readonly SafetyFinding[]> => JSON.parse(JSON.stringify({ lie })).lie;

describe('the chain', () => {
  const bad: [string, TextStage['judgeText'], 'failed' | 'timeout'][] = [
    ['crashes', crashing, 'failed'],
    ['hangs', hanging, 'timeout'],
    ...lies.map((lie): [string, TextStage['judgeText'], 'failed'] => [`lies ${JSON.stringify(lie)}`, lying(lie), 'failed']),
  ];

  it.each(bad)('a stage that %s and is closed refuses what it should have judged', async (_what, judge, end) => {
    const { ask, rows, faults } = build([rules, stage(judge, 'closed')]);
    await expect(ask('a lighthouse')).rejects.toMatchObject({ kind: 'backend_unavailable', code: 'safety_unavailable' });
    expect(rows).toMatchObject([
      { outcome: 'unavailable', isChecked: false, stages: [{ end: 'judged' }, { name: 'other', end }] },
    ]);
    expect(faults).toEqual(['other']);
  });

  it.each(bad)(
    'a stage that %s and is open lets it pass, and the answer says that it was not checked',
    async (_what, judge, end) => {
      const { ask, rows } = build([rules, stage(judge, 'open')]);
      expect(await ask('a lighthouse')).toEqual({ isChecked: false });
      expect(rows).toMatchObject([{ outcome: 'allowed', isChecked: false, stages: [{ end: 'judged' }, { name: 'other', end }] }]);
    },
  );

  it.each(bad)('what an earlier stage blocks stays blocked, though a later one %s', async (_what, judge) => {
    const { ask } = build([rules, stage(judge, 'open')]);
    await expect(ask('close up of a beheading')).rejects.toMatchObject({ kind: 'content_blocked' });
  });

  it('a later stage blocks what the rules do not know', async () => {
    const { ask } = build([rules, stage(async () => [finding])]);
    await expect(ask('a lighthouse')).rejects.toMatchObject({
      kind: 'content_blocked',
      details: { reason: 'graphic violence', flaggedCategories: ['violence'], place: 'scenes[1].prompt', scene: 1 },
    });
  });

  it('judges equal text once within a request and soon after, another policy anew', async () => {
    let asked = 0;
    const { check } = build([
      stage(async () => {
        asked += 1;
        return [];
      }),
    ]);
    const text = { place: 'prompt', text: 'a lighthouse' };
    expect(await check.checkTexts(subject, [text, text])).toEqual({ isChecked: true });
    await check.checkTexts(subject, [text]);
    expect(asked).toBe(1);
    await check.checkTexts({ ...subject, safety: { thresholds: {}, allow: ['abc'], block: [] } }, [text]);
    expect(asked).toBe(2);
  });
});

describe('the log', () => {
  it('holds the hash of what was refused, never the text', async () => {
    const { ask, rows } = build([rules]);
    await expect(ask('a nude woman')).rejects.toThrow('Content blocked');
    expect(rows).toEqual([
      {
        ...{
          accountId: 'usr_1',
          keyId: 'key_1',
          surface: 'one',
          jobId: null,
          phase: 'before',
          outcome: 'blocked',
          isChecked: true,
        },
        ...{ categories: ['sexual'], place: 'scenes[1].prompt', content: null, stages: [{ name: 'rules', end: 'judged' }] },
        contentHash: createHash('sha256').update('a nude woman').digest('hex'),
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain('nude');
  });

  it('holds the text where it was told to, everything where it was told to, nothing where it was told to', async () => {
    const told = build([rules], { keepsContent: true, logMode: 'all' });
    await told.ask('a lighthouse');
    expect(told.rows).toMatchObject([{ outcome: 'allowed', content: 'a lighthouse' }]);
    const off = build([rules], { logMode: 'off' });
    await expect(off.ask('a nude woman')).rejects.toThrow('Content blocked');
    expect(off.rows).toEqual([]);
  });

  it('a log that cannot be written fails the request: nothing passes unlogged', async () => {
    const log = { append: () => Promise.reject(new Error('down')), list: async () => [] };
    await expect(build([rules], { log }).ask('a nude woman')).rejects.toThrow('down');
  });
});

describe('results', () => {
  const pictures = (judgePicture: () => Promise<readonly SafetyFinding[]>, onFailure: FailureRule = 'closed') =>
    build([], { pictureStages: [{ stage: { name: 'eyes', judgePicture }, timeoutMs: 20, onFailure }] }).check;
  const frames = [
    { place: 'film', path: '/1' },
    { place: 'film', path: '/2' },
  ];
  const { signal } = new AbortController();

  it('one frame that is blocked withholds the film for good', async () => {
    let frame = 0;
    const check = pictures(async () => {
      frame += 1;
      return frame === 2 ? [finding] : [];
    });
    await expect(check.checkResult(subject, frames, signal)).rejects.toMatchObject({ code: 'content_blocked', permanent: true });
  });

  it('a film that nobody could judge is tried again where the rule is closed, and unchecked where it is open', async () => {
    await expect(pictures(crashing).checkResult(subject, frames, signal)).rejects.toMatchObject({
      code: 'safety_unavailable',
      permanent: false,
    });
    expect(await pictures(crashing, 'open').checkResult(subject, frames, signal)).toEqual({ isChecked: false });
  });

  it('without a stage for pictures nothing was checked', async () => {
    expect(await build([]).check.checkResult(subject, frames, signal)).toEqual({ isChecked: false });
  });
});

describe('texts of a spec', () => {
  it('are all that can be seen or heard, by place; not names, ids and negatives', () => {
    const spec = {
      kind: 'generate',
      model: 'wan22',
      scenes: [{ prompt: 'a sea', negativePrompt: 'nudity', startFrame: { fileId: 'fil_abc' } }],
      music: { tags: 'calm piano', lyrics: 'la la' },
      outputName: 'film',
    };
    expect(textsOf(spec)).toEqual([
      { place: 'scenes[0].prompt', text: 'a sea' },
      { place: 'music.tags', text: 'calm piano' },
      { place: 'music.lyrics', text: 'la la' },
    ]);
  });

  it('a thousand texts are judged in few questions, none left out', async () => {
    let asked = '';
    let questions = 0;
    const { check } = build([
      stage(async (text) => {
        asked += `${text}\n`;
        questions += 1;
        return [];
      }),
    ]);
    const texts = Array.from({ length: 1000 }, (_, index) => ({ place: `t[${index}]`, text: `text number ${index};` }));
    await check.checkTexts(subject, texts);
    expect(questions).toBeLessThan(60);
    for (const { text } of texts) expect(asked).toContain(text);
  });
});
