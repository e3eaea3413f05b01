import { once } from 'node:events';
import { expect, test } from 'vitest';
import { buildScene } from '../../build-scene.ts';
import { validateTimeline } from '../../index.ts';
import { openRasterWorker } from './raster-worker.ts';

const textLayer = () => {
  const clip = { asset: { type: 'rich-text', text: 'late' }, start: 0, length: 1 };
  const { document } = validateTimeline({
    timeline: { tracks: [{ clips: [clip] }] },
    output: { format: 'mp4', resolution: 'sd' },
  });
  const layer = document === null ? undefined : buildScene(document, () => null)?.scene.layers[0];
  if (layer === undefined) throw new Error('the edit is refused');
  return layer;
};

test('no thread is begun for a film that is over, where nobody would end it', async () => {
  const raster = openRasterWorker({ fonts: [], onWarning: () => undefined });
  await raster.close();
  const begun = once(process, 'worker').then(() => 'begun');
  const prepared = raster.prepare(textLayer(), { density: 1, sourcePath: null });
  await expect(Promise.race([prepared, begun])).rejects.toThrow('the film is over');
});
