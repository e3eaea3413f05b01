import { afterEach, describe, expect, it } from 'vitest';
import { readPicture } from './picture.ts';
import { landscape, never, portrait } from './test-kit.ts';
import { createVision } from './vision.ts';

const TIMEOUT_MS = 120_000;
const opened: ReturnType<typeof createVision>[] = [];
const open = () => {
  const vision = createVision();
  opened.push(vision);
  return vision;
};
afterEach(() => Promise.all(opened.splice(0).map((vision) => vision.close())));

describe('vision', () => {
  it(
    'finds the face of a portrait, and none in a landscape',
    async () => {
      const vision = open();
      const face = await vision.run('find-face', await readPicture(portrait, 512), never);
      expect(face?.landmarks).toHaveLength(68);
      const { x = 0, y = 0 } = face?.landmarks[62] ?? {};
      // Her mouth, on the photograph of 512 x 512.
      expect(Math.hypot(x - 222, y - 144)).toBeLessThan(12);
      expect(await vision.run('find-face', await readPicture(landscape, 640), never)).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  it(
    'lets the event loop live while it looks',
    async () => {
      const vision = open();
      const picture = await readPicture(portrait, 512);
      let turns = 0;
      const timer = setInterval(() => {
        turns += 1;
      }, 5);
      await vision.run('find-face', picture, never);
      clearInterval(timer);
      expect(turns).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );

  it(
    'drops work that is aborted, waiting or running, and does the rest',
    async () => {
      const vision = open();
      const picture = await readPicture(portrait, 512);
      const [first, second] = [new AbortController(), new AbortController()];
      const running = vision.run('find-face', picture, first.signal);
      const waiting = vision.run('find-face', picture, second.signal);
      const last = vision.run('find-face', picture, never);
      second.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      first.abort();
      await expect(running).rejects.toMatchObject({ code: 'aborted' });
      expect((await last)?.landmarks).toHaveLength(68);
      await expect(vision.run('find-face', picture, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    },
    TIMEOUT_MS,
  );

  it(
    'reports work that fails and goes on',
    async () => {
      const vision = open();
      const broken = { width: 0, height: 0, data: new Uint8Array() };
      await expect(vision.run('find-face', broken, never)).rejects.toMatchObject({ name: 'StepError', code: 'vision_failed' });
      expect((await vision.run('find-face', await readPicture(portrait, 512), never))?.score).toBeGreaterThan(0.8);
    },
    TIMEOUT_MS,
  );

  it(
    'fails what was asked when it is closed, and starts again when asked again',
    async () => {
      const vision = open();
      const picture = await readPicture(portrait, 512);
      const lost = vision.run('find-face', picture, never);
      const closing = vision.close();
      await expect(lost).rejects.toMatchObject({ code: 'vision_failed', permanent: false });
      await closing;
      expect((await vision.run('find-face', picture, never))?.landmarks).toHaveLength(68);
    },
    TIMEOUT_MS,
  );
});
