import { mkdir, readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { never, rejection, tools, useScratch } from '../../test/helpers.ts';
import { makeAudio, makeFilm, makeImage } from '../fixtures.ts';
import { probe } from '../probe.ts';
import { renderTimeline, type TimelineResult, validateTimeline } from './index.ts';

const scratch = useScratch();
const rate = { numerator: 25, denominator: 1 };
const canvas = { width: 320, height: 180 };

const sources = new Map<string, string>();
beforeAll(async () => {
  sources.set(
    'https://example.com/film.mp4',
    await makeFilm(tools, { path: scratch('film.mp4'), canvas, frameRate: rate, frameCount: 75 }),
  );
  // As soft as what cameras see or softer; a test card's one-pixel colours tell scalers apart that the eye cannot.
  const soft = 'mandelbrot=maxiter=400:start_scale=1.2:end_scale=0.3';
  const wide = { width: 640, height: 360 };
  sources.set(
    'https://example.com/soft.mp4',
    await makeFilm(tools, {
      path: scratch('soft.mp4'),
      canvas: wide,
      frameRate: rate,
      frameCount: 50,
      source: 'gradients=speed=0.05:seed=4:n=6',
    }),
  );
  sources.set(
    'https://example.com/soft.png',
    await makeImage(tools, { path: scratch('soft.png'), kind: 'png', canvas: wide, source: soft }),
  );
  sources.set('https://example.com/tone.wav', await makeAudio(tools, { path: scratch('tone.wav'), kind: 'wav', seconds: 3 }));
});

let renders = 0;
const render = async (edit: unknown, options: Partial<Parameters<typeof renderTimeline>[1]> = {}): Promise<TimelineResult> => {
  const { errors, document } = validateTimeline(edit);
  expect(errors).toEqual([]);
  if (document === null) throw new Error('the edit was refused');
  const outputDir = scratch(`out-${renders++}`);
  await mkdir(outputDir);
  return renderTimeline(tools, {
    document,
    outputDir,
    signal: never(),
    resolveSource: async (source) => {
      const path = source.origin.type === 'address' ? sources.get(source.origin.src) : undefined;
      if (path === undefined) throw new Error(`no file for ${source.path}`);
      return { path };
    },
    ...options,
  });
};

const size = { width: 320, height: 180 };
const film = { type: 'video', src: 'https://example.com/film.mp4' };
const tone = { type: 'audio', src: 'https://example.com/tone.wav' };
const edit = (clips: readonly unknown[], output: object = {}) => ({
  timeline: { tracks: clips.map((clip) => ({ clips: [clip] })) },
  output: { format: 'mp4', size, fps: 25, ...output },
});

describe('renderTimeline', () => {
  test('renders the first call of the document: an empty timeline is a second of background', async () => {
    const result = await render({ timeline: { tracks: [] }, output: { format: 'mp4', resolution: 'preview', fps: 30 } });
    const facts = await probe(tools, result.files[0]?.path ?? '', { signal: never(), countsFrames: true });
    expect(result).toMatchObject({ frameCount: 30, durationSeconds: 1, route: 'canvas', canvas: { width: 512, height: 288 } });
    expect(facts.video).toMatchObject({ codec: 'h264', width: 512, height: 288, frameCount: 30, pixelFormat: 'yuv420p' });
    expect(facts.audio).toMatchObject({ codec: 'aac', sampleRate: 48_000, channels: 2 });
  });

  test('draws layers, mixes sound, and takes poster and thumbnail from the frames that pass', async () => {
    const ratios: number[] = [];
    const result = await render(
      {
        ...edit([
          { asset: { type: 'shape', shape: 'circle', circle: { radius: 40 }, fill: { color: '#ff0000' } }, start: 0, length: 1 },
          { asset: film, start: 0, length: 1, effect: 'zoomIn' },
          { asset: tone, start: 0.2, length: 'end' },
        ]),
        output: { format: 'mp4', size, fps: 25, poster: { capture: 0.5 }, thumbnail: { capture: 'first', scale: 0.5 } },
      },
      { onProgress: ({ stage, ratio }) => stage === 'rendering' && ratios.push(ratio) },
    );
    expect(result.files.map((file) => file.role)).toEqual(['output', 'thumbnail', 'poster']);
    expect(result.route).toBe('canvas');
    expect(ratios.at(-1)).toBe(1);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    const thumbnail = await probe(tools, result.files[1]?.path ?? '', { signal: never() });
    expect(thumbnail.video).toMatchObject({ width: 160, height: 90 });
    const facts = await probe(tools, result.files[0]?.path ?? '', { signal: never(), countsFrames: true });
    expect(facts.video?.frameCount).toBe(25);
  });

  test('copies a cut of our own film, and draws the same on demand', async () => {
    const cut = edit([{ asset: { ...film, src: 'https://example.com/soft.mp4', trim: 1 }, start: 0, length: 0.8 }], {
      size: { width: 640, height: 360 },
    });
    const copied = await render(cut);
    expect(copied).toMatchObject({ route: 'copy', frameCount: 20 });
    const drawn = await render(cut, { route: 'canvas' });
    expect(drawn).toMatchObject({ route: 'canvas', frameCount: 20 });
    expect(await ssim(copied.files[0]?.path ?? '', drawn.files[0]?.path ?? '')).toBeGreaterThanOrEqual(0.99);
  });

  test('makes cuts of still and film by one graph, like the canvas (SSIM 0.99)', async () => {
    const cuts = {
      timeline: {
        tracks: [
          {
            clips: [
              { asset: { type: 'image', src: 'https://example.com/soft.png' }, start: 0, length: 0.52 },
              {
                asset: { ...film, src: 'https://example.com/soft.mp4', trim: 0.31, speed: 1.5 },
                start: 'auto',
                length: 0.8,
                fit: 'crop',
              },
            ],
          },
        ],
      },
      output: { format: 'mp4', size: { width: 270, height: 270 }, fps: 30, quality: 'veryhigh' },
    };
    const graph = await render(cuts);
    expect(graph).toMatchObject({ route: 'graph', frameCount: 40 });
    const drawn = await render(cuts, { route: 'canvas' });
    expect(await ssim(graph.files[0]?.path ?? '', drawn.files[0]?.path ?? '')).toBeGreaterThanOrEqual(0.99);
  });

  test('makes cross-fades by one graph, like the canvas (SSIM 0.99)', async () => {
    const soft = { ...film, src: 'https://example.com/soft.mp4', volume: 0 };
    const fades = {
      timeline: {
        tracks: [
          {
            clips: [
              { asset: soft, start: 0, length: 0.8 },
              { asset: { type: 'image', src: 'https://example.com/soft.png' }, length: 0.8, crossfade: 0.4 },
              { asset: { ...soft, trim: 0.5 }, length: 0.8, crossfade: 0.2 },
              { asset: { ...soft, trim: 1.3 }, length: 0.2 },
            ],
          },
        ],
      },
      output: { format: 'mp4', size: { width: 320, height: 180 }, fps: 25, quality: 'veryhigh' },
    };
    const graph = await render(fades);
    expect(graph).toMatchObject({ route: 'graph', frameCount: 50 });
    const drawn = await render(fades, { route: 'canvas' });
    expect(await ssim(graph.files[0]?.path ?? '', drawn.files[0]?.path ?? '')).toBeGreaterThanOrEqual(0.99);
  });

  test.each([
    ['webm', { video: 'vp9', audio: 'opus' }],
    ['mov', { video: 'h264', audio: 'aac' }],
    ['gif', { video: 'gif' }],
    ['webp', {}],
    ['mp3', { audio: 'mp3' }],
    ['wav', { audio: 'pcm_s16le' }],
    ['m4a', { audio: 'aac' }],
    ['aac', { audio: 'aac' }],
    ['jpg', { video: 'mjpeg' }],
    ['png', { video: 'png' }],
    ['bmp', {}],
  ])('writes %s', async (format, codecs: { video?: string; audio?: string }) => {
    const result = await render(
      edit(
        [
          { asset: film, start: 0, length: 0.4 },
          { asset: tone, start: 0, length: 0.4 },
        ],
        { format },
      ),
    );
    const [file] = result.files;
    expect((await readFile(file?.path ?? '')).length).toBeGreaterThan(100);
    if (codecs.video === 'gif' || (codecs.video === undefined && codecs.audio === undefined)) return;
    const facts = await probe(tools, file?.path ?? '', { signal: never() });
    expect(facts.video?.codec).toBe(codecs.video);
    expect(facts.audio?.codec).toBe(codecs.audio);
  });

  test('names the clip whose source does not serve, and leaves nothing behind', async () => {
    const outputDir = scratch('failed');
    await mkdir(outputDir);
    const late = { id: 'intro', asset: { ...film, trim: 9 }, start: 0, length: 1 };
    const error = await rejection(render(edit([late]), { outputDir }));
    expect(error).toMatchObject({ code: 'asset_unusable', permanent: true });
    expect(String(error)).toContain('timeline.tracks[0].clips[0].asset.trim');
    expect(String(error)).toContain('lasts 3 s (clip "intro")');
    expect(await readdir(outputDir)).toEqual([]);
    const wrong = await rejection(
      render(edit([{ asset: { type: 'image', src: 'https://example.com/tone.wav' }, start: 0 }]), { outputDir }),
    );
    expect(String(wrong)).toContain('a picture is needed');
  });

  test('ends within its deadline on abort and leaves nothing behind', async () => {
    const outputDir = scratch('aborted');
    await mkdir(outputDir);
    const controller = new AbortController();
    const error = await rejection(
      render(edit([{ asset: { ...film, loop: true }, start: 0, length: 600, effect: 'zoomIn' }]), {
        outputDir,
        signal: controller.signal,
        onProgress: ({ stage }) => stage === 'rendering' && controller.abort(new Error('enough')),
      }),
    );
    expect(error).toMatchObject({ code: 'aborted' });
    expect(await readdir(outputDir)).toEqual([]);
  });
});

const ssim = async (a: string, b: string): Promise<number> => {
  const { runProcess } = await import('../run-process.ts');
  const { stderr } = await runProcess({
    command: tools.ffmpegPath,
    args: ['-hide_banner', '-nostdin', '-i', a, '-i', b, '-filter_complex', '[0:v][1:v]ssim', '-f', 'null', '-'],
    signal: never(),
    timeoutMs: 60_000,
  });
  return Number(/All:([\d.]+)/.exec(stderr)?.[1] ?? Number.NaN);
};
