import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { never, run, tools, useScratch } from '../../test/helpers.ts';
import { makeAudio } from '../fixtures.ts';
import { renderTimeline, type TimelineResult, validateTimeline } from './index.ts';

const scratch = useScratch();
const files = new Map<string, string>();
beforeAll(async () => {
  files.set('tone', await makeAudio(tools, { path: scratch('tone.wav'), kind: 'wav', seconds: 6 }));
  files.set('a.srt', scratch('a.srt'));
  await writeFile(
    scratch('a.srt'),
    '1\n00:00:00,200 --> 00:00:00,600\nHello & <i>you</i>\n\n2\n00:00:01,000 --> 00:00:01,500\nagain\n',
  );
});

let renders = 0;
const render = async (clips: readonly object[], output: object, timeline: object = {}): Promise<TimelineResult> => {
  const { document, errors } = validateTimeline({ timeline: { tracks: [{ clips }], ...timeline }, output });
  expect(errors).toEqual([]);
  if (document === null) throw new Error('refused');
  const outputDir = scratch(`outputs-${renders++}`);
  await mkdir(outputDir);
  return renderTimeline(tools, {
    ...{ document, outputDir, signal: never() },
    resolveSource: async ({ origin }) => ({
      path: (origin.type === 'address' && files.get(origin.src.split('/').pop() ?? '')) || 'none',
    }),
  });
};
const size = { width: 64, height: 64 };
const red = { type: 'shape', shape: 'circle', circle: { radius: 16 }, fill: { color: '#ff0000' } };
const left = { asset: red, start: 0, length: 0.4, position: 'left' };

describe('outputs', () => {
  test.each([
    ['webm', ['-c:v', 'libvpx-vp9']],
    ['mov', []],
    ['png', []],
    ['webp', null],
  ] as const)('%s with alpha is transparent where nothing lies', async (format, decoder) => {
    const result = await render(
      [left],
      { format, size, fps: 10, alpha: true, quality: 'veryhigh' },
      { background: 'transparent' },
    );
    const path = result.files[0]?.path ?? '';
    if (decoder === null) {
      // ffmpeg reads no animated webp: the flag for transparency stands in the extended header.
      const bytes = await readFile(path);
      expect([bytes.subarray(12, 16).toString('latin1'), (bytes[20] ?? 0) & 0x10]).toEqual(['VP8X', 0x10]);
      return;
    }
    const raw = await run(tools.ffmpegPath, [
      '-v',
      'error',
      ...decoder,
      '-i',
      path,
      '-frames:v',
      '1',
      '-pix_fmt',
      'rgba',
      '-f',
      'rawvideo',
      'pipe:1',
    ]);
    const pixel = (x: number): number[] => [...raw.subarray((32 * 64 + x) * 4, (32 * 64 + x) * 4 + 4)];
    expect(pixel(16)[0]).toBeGreaterThan(240);
    expect(pixel(16)[3]).toBeGreaterThan(250);
    expect(pixel(56)[3]).toBeLessThan(5);
  });

  test('an mp4 plays while it loads, and carries the tags that were given, letter by letter', async () => {
    const title = 'a=b; #c \\d\n"e" -i /etc/passwd';
    const result = await render([left], { format: 'mp4', size, fps: 10, metadata: { title } });
    const path = result.files[0]?.path ?? '';
    const bytes = await readFile(path);
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    const probed: unknown = JSON.parse(
      (await run(tools.ffprobePath, ['-v', 'error', '-show_entries', 'format_tags=title', '-of', 'json', path])).toString(),
    );
    expect(probed).toMatchObject({ format: { tags: { title } } });
  });

  test('captions come out as files, in the time of the range that is written', async () => {
    const caption = { asset: { type: 'caption', src: 'https://example.com/a.srt', sidecar: true }, start: 0.5, length: 'auto' };
    const film = await render([caption], { format: 'mp4', size, fps: 10, range: { start: 0.8, length: 1.2 } });
    expect(film.files.map(({ role }) => role)).toEqual(['output', 'captions', 'captions']);
    expect(await readFile(film.files[1]?.path ?? '', 'utf8')).toBe(
      '1\n00:00:00,000 --> 00:00:00,300\nHello & you\n\n2\n00:00:00,700 --> 00:00:01,200\nagain\n',
    );
    const vtt = await render([caption], { format: 'vtt', resolution: 'sd' });
    expect(vtt).toMatchObject({ canvas: null });
    expect(await readFile(vtt.files[0]?.path ?? '', 'utf8')).toContain('00:00:00.700 --> 00:00:01.100\nHello &amp; you\n');
  });

  test('a still is the frame at the start of the range', async () => {
    const clips = [
      { asset: { type: 'color', color: '#ff0000' }, start: 0, length: 2 },
      { asset: { type: 'color', color: '#0000ff' }, start: 2, length: 1 },
    ];
    const result = await render(clips, { format: 'png', size: { width: 33, height: 17 }, fps: 25, range: { start: 2 } });
    const raw = await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      result.files[0]?.path ?? '',
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      'pipe:1',
    ]);
    expect([raw.length, ...raw.subarray(0, 3)]).toEqual([33 * 17 * 3, 0, 0, 255]);
  });

  test('loudness brings the mix to the asked level', async () => {
    const result = await render([{ asset: { type: 'audio', src: 'https://example.com/tone' }, start: 0, length: 6 }], {
      format: 'wav',
      audio: { loudness: -14 },
    });
    const { runProcess } = await import('../run-process.ts');
    const args = ['-hide_banner', '-nostdin', '-i', result.files[0]?.path ?? '', '-af', 'ebur128', '-f', 'null', '-'];
    const { stderr } = await runProcess({ command: tools.ffmpegPath, args, signal: never(), timeoutMs: 60_000 });
    const loudness = Number([...stderr.matchAll(/I:\s+(-?[\d.]+) LUFS/g)].at(-1)?.[1]);
    expect(Math.abs(loudness + 14)).toBeLessThan(1.5);
  });
});
