export * from '../ports/content-safety.ts';
export * from '../use-cases/check-content.ts';
export * from './categories.ts';
export * from './judge-text.ts';
export * from './policy.ts';
export * from './rules-stage.ts';
export * from './run-chain.ts';
export * from './texts-of-spec.ts';
