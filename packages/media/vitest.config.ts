import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    maxWorkers: 2,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    provide: {
      ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg',
      ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe',
      testScale: Number(process.env.TEST_SCALE ?? '0.05'),
    },
  },
});
