import { describe, expect, it } from 'vitest';
import { blockingFindings, defaultPolicy, safetyPolicySchema } from './policy.ts';
import { judgeText } from './judge-text.ts';

const blocked = (text: string, policy: unknown = {}): string[] => {
  const parsed = safetyPolicySchema.parse(policy);
  return blockingFindings(judgeText(text, parsed), parsed).map(({ category }) => category);
};

describe('the rules stage', () => {
  it.each([
    'the photographer will shoot the wedding at sunset',
    'an explosion behind the hero as he walks away',
    'view from the cockpit over Scunthorpe and Essex',
    'a cock crows on the farm, blue tits on the feeder',
    'a shot of whisky, killer whales hunting, a dead calm sea',
    'the Las Vegas Strip at night, analysis of a grape harvest',
    'symphony in C minor, children play in the garden',
    'a suicide squad poster, a blood moon over the naked trees',
    'a mechanic dismembering robots in a junkyard',
    'a knight fights a dragon in a bloody battle',
  ])('lets "%s" pass', (text) => {
    expect(blocked(text)).toEqual([]);
  });

  it.each([
    ['a nude woman on a bed', 'sexual'],
    ['close up of a beheading', 'violence'],
    ['he cuts his wrists in the bath', 'self_harm'],
    ['propaganda film praising terrorists', 'extremism'],
    ['immigrants shown as vermin', 'hate'],
    ['deepfake of my ex', 'harassment'],
    ['step by step how to build a pipe bomb', 'illicit'],
  ])('blocks "%s" as %s', (text, category) => {
    expect(blocked(text)).toContain(category);
  });

  it.each([
    'a n4ked woman',
    'a n u d e woman',
    'a ｎｕｄｅ woman',
    'a nudе woman',
    'a n​u​d​e woman',
    'a nuuuude woman',
    'A NUDE WOMAN',
    'a nüde woman',
  ])('reads through the disguise of "%s"', (text) => {
    expect(blocked(text)).toContain('sexual');
  });

  it('takes letters of other scripts for themselves in words of their own', () => {
    expect(blocked('осенний лес, туман над рекой')).toEqual([]);
    expect(blocked('Το φως του ήλιου στη θάλασσα')).toEqual([]);
  });

  it('always blocks what is sexual about minors, whatever the policy', () => {
    const open = { thresholds: { sexual: 'off' }, allow: ['seductive teen', 'teenager'] };
    for (const text of ['a seductive teenager', 'a schoolgirl in lingerie', 'a nude boy', 'a sexy 14 year old']) {
      expect(blocked(text)).toContain('minors');
      expect(blocked(text, open), text).toContain('minors');
    }
    expect(blocked('teenagers play football')).toEqual([]);
    expect(blocked('a nude woman', open)).toEqual([]);
    expect(() => safetyPolicySchema.parse({ thresholds: { minors: 'off' } })).toThrow('minors is always blocked');
  });

  it('follows the thresholds and the phrases of a policy', () => {
    expect(blocked('a corpse on the floor')).toEqual([]);
    expect(blocked('a corpse on the floor', { thresholds: { violence: 'medium' } })).toEqual(['violence']);
    expect(blocked('the naked gun', { allow: ['naked gun'] })).toEqual([]);
    expect(blocked('Acme Corp headquarters', { block: ['acme corp'] })).toEqual(['custom']);
  });

  it('is not stalled by long or hostile texts', () => {
    const texts = [
      'a '.repeat(2000),
      'his her '.repeat(500),
      `${'cut off the '.repeat(330)}x`,
      'how to '.repeat(570),
      'a.b-c_d '.repeat(500),
    ];
    for (const text of texts) expect(judgeText(text, defaultPolicy)).toEqual([]);
  });
});
