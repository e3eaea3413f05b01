import { expect, it } from 'vitest';
import { clipTask, openComfyBench } from '../../../test/comfyui-kit.ts';

it('makes a film', async () => {
  const bench = await openComfyBench();
  try {
    const made = await bench.run(clipTask);
    expect(made.mediaType).toBe('video/mp4');
  } finally {
    await bench.close();
  }
});
