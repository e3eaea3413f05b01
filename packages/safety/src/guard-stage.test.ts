import { defaultPolicy } from '@polyreel/core/safety';
import { expect, it } from 'vitest';
import { json, serve } from '../test/serve.ts';
import { createGuardStage, readLlamaGuard, readQwen3Guard } from './guard-stage.ts';

it.each([
  ['Safety: Safe\nCategories: None\nRefusal: No', []],
  ['Safety: Unsafe\nCategories: Violent', [{ category: 'violence', severity: 'high' }]],
  [
    'Safety: Unsafe\nCategories: Sexual Content or Sexual Acts, Suicide & Self-Harm',
    [
      { category: 'sexual', severity: 'high' },
      { category: 'self_harm', severity: 'high' },
    ],
  ],
  ['Safety: Controversial\nCategories: Unethical Acts', [{ category: 'hate', severity: 'low' }]],
  ['Safety: Unsafe\nCategories: PII', []],
  [
    '<think>\nSafety: Safe\n</think>\nSafety: Unsafe\nCategories: Non-violent Illegal Acts',
    [{ category: 'illicit', severity: 'high' }],
  ],
])('reads Qwen3Guard: %j', (answer, findings) => {
  expect(readQwen3Guard(answer)).toEqual(findings);
});

it.each([
  ['safe', []],
  ['\n\nsafe', []],
  ['unsafe\nS4', [{ category: 'minors', severity: 'high' }]],
  [
    'unsafe\nS1,S10',
    [
      { category: 'violence', severity: 'high' },
      { category: 'hate', severity: 'high' },
    ],
  ],
  ['unsafe\nS13', []],
])('reads Llama Guard: %j', (answer, findings) => {
  expect(readLlamaGuard(answer)).toEqual(findings);
});

it.each(['', 'I cannot help with that', 'Safety: Perhaps', 'Safety: Unsafe\nCategories: Weather', 'Safety: Unsafe'])(
  'takes %j of Qwen3Guard for no verdict',
  (answer) => {
    expect(() => readQwen3Guard(answer)).toThrow('guard model');
  },
);
it.each(['', 'unsafe', 'unsafe\nS99', 'quite safe', 'Sure, here is'])('takes %j of Llama Guard for no verdict', (answer) => {
  expect(() => readLlamaGuard(answer)).toThrow('guard model');
});

it('sends the text alone: the chat template of the model wraps it', async () => {
  const service = await serve(json({ choices: [{ message: { role: 'assistant', content: 'unsafe\nS12' } }] }));
  const stage = createGuardStage({ baseUrl: service.baseUrl, apiKey: null, model: 'llama-guard3', format: 'llama-guard' });
  expect(await stage.judgeText('a text', { policy: defaultPolicy, signal: AbortSignal.timeout(30_000) })).toEqual([
    { category: 'sexual', severity: 'high' },
  ]);
  expect(service.calls).toMatchObject([
    {
      path: '/v1/chat/completions',
      authorization: undefined,
      body: { messages: [{ role: 'user', content: 'a text' }], temperature: 0 },
    },
  ]);
  await service.close();
});
