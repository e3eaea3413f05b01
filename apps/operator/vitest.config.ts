import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@polyreel/testkit/postgres-setup'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Whole servers are started here: two files at a time.
    maxWorkers: 2,
  },
});
