import { defineConfig } from 'vitest/config';

/** `npm run test:comfyui`: the real server on the CPU. Two servers at once would fight for the cores. */
export default defineConfig({
  test: {
    include: ['test/comfyui/**/*.lane.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    provide: {
      testScale: Number(process.env.TEST_SCALE ?? '0.05'),
      requireAll: true,
    },
  },
});
