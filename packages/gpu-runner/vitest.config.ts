import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // A test here keeps both cores busy by itself.
    maxWorkers: 2,
    isolate: false,
    provide: {
      testScale: Number(process.env.TEST_SCALE ?? '0.05'),
      requireAll: process.env.REQUIRE_ALL === '1',
    },
  },
});

declare module 'vitest' {
  interface ProvidedContext {
    testScale: number;
    /** A tool that is missing is a failure, never a skip. */
    requireAll: boolean;
  }
}
