import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@polyreel/testkit/postgres-setup'],
    maxWorkers: 2,
    // One worker loads the gateway once, not once a file: nothing here changes what another file sees.
    isolate: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
