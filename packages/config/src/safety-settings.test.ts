import { expect, it } from 'vitest';
import { ConfigError, loadConfig } from './index.ts';

const load = (env: Record<string, string> = {}) => loadConfig(env, [], {}, { cores: 2 }).safety;
const faultOf = (env: Record<string, string>): string => {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};
const services = {
  MODERATION_BASE_URL: 'http://moderate/v1',
  GUARD_BASE_URL: 'http://guard/v1',
  GUARD_MODEL: 'Qwen/Qwen3Guard-Gen-4B',
};

it('judges by rules and pictures where nothing is set, and a failure refuses', () => {
  expect(load()).toEqual({
    ...{
      rules: 'closed',
      images: 'closed',
      moderation: null,
      guard: null,
      timeoutSeconds: 20,
      logMode: 'blocked',
      keepsContent: false,
    },
  });
});

it('is off by one setting', () => {
  expect(load({ CONTENT_SAFETY: 'off' })).toBeNull();
});

it('asks the services that are named, each by its own rule', () => {
  expect(load({ ...services, CONTENT_SAFETY_STAGES: 'images=off,moderation=open' })).toMatchObject({
    rules: 'closed',
    images: null,
    moderation: { baseUrl: 'http://moderate/v1', onFailure: 'open' },
    guard: { model: 'Qwen/Qwen3Guard-Gen-4B', format: 'qwen3guard', onFailure: 'closed' },
  });
  expect(load({ ...services, GUARD_MODEL: 'llama-guard3:8b' })?.guard?.format).toBe('llama-guard');
});

it.each([
  [{ CONTENT_SAFETY_STAGES: 'guard=open' }, 'GUARD_BASE_URL'],
  [{ CONTENT_SAFETY_STAGES: 'moderation=closed' }, 'MODERATION_BASE_URL'],
  [{ CONTENT_SAFETY_STAGES: 'rules=maybe' }, 'CONTENT_SAFETY_STAGES'],
  [{ CONTENT_SAFETY_STAGES: 'rules=open,rules=closed' }, 'CONTENT_SAFETY_STAGES'],
  [{ GUARD_BASE_URL: 'http://guard/v1' }, 'GUARD_MODEL'],
  [{ GUARD_MODEL: 'x' }, 'GUARD_BASE_URL'],
  [{ GUARD_BASE_URL: 'http://guard/v1', GUARD_MODEL: 'my-own' }, 'GUARD_FORMAT'],
])('refuses %j for its %s', (env, name) => {
  expect(faultOf(env)).toContain(name);
});
