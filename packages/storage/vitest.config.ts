import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    provide: {
      testScale: Number(process.env.TEST_SCALE ?? '0.05'),
      requireAll: process.env.REQUIRE_ALL === '1',
    },
  },
});

declare module 'vitest' {
  interface ProvidedContext {
    testScale: number;
    /** A server that is missing is a failure, never a skip. */
    requireAll: boolean;
  }
}
