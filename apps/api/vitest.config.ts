import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globalSetup: ['@polyreel/testkit/postgres-setup'], maxWorkers: 2, testTimeout: 240_000, hookTimeout: 240_000 },
});
