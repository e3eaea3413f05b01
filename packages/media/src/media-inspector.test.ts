import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rejection, run, tools, useScratch } from '../test/helpers.ts';
import { makeAudio, makeFilm, makeImage } from './fixtures.ts';
import { createMediaInspector } from './media-inspector.ts';

const path = useScratch();
const inspector = createMediaInspector(tools, { maxAudioSeconds: 4 });

describe('createMediaInspector', () => {
  it.each([
    ['mp3', 'audio/mpeg'],
    ['wav', 'audio/wav'],
    ['m4a', 'audio/mp4'],
    ['mp4', 'audio/mp4'],
    ['vorbis', 'audio/ogg'],
    ['opus', 'audio/ogg'],
    ['webm', 'audio/webm'],
  ] as const)('takes %s for sound of type %s, whatever its name', async (kind, mediaType) => {
    const file = await makeAudio(tools, { path: path(`sound-${kind}.bin`), kind, seconds: 2 });
    expect(await inspector.identify(file)).toEqual({ family: 'audio', mediaType });
    const facts = await inspector.inspectAudio(file);
    expect(facts.mediaType).toBe(mediaType);
    expect(Math.abs(facts.seconds - 2)).toBeLessThan(0.05);
  });

  it('takes an MP4 with pictures for a film, also under the brand of M4A', async () => {
    const film = await makeFilm(tools, {
      path: path('film.mp4'),
      canvas: { width: 64, height: 64 },
      frameRate: { numerator: 16, denominator: 1 },
      frameCount: 8,
    });
    expect(await inspector.identify(film)).toEqual({ family: 'video', mediaType: 'video/mp4' });
    const tone = await makeAudio(tools, { path: path('tone.m4a'), kind: 'm4a', seconds: 1 });
    await run(tools.ffmpegPath, [
      '-v',
      'error',
      '-i',
      film,
      '-i',
      tone,
      '-c',
      'copy',
      '-brand',
      'M4A ',
      '-f',
      'mp4',
      path('disguised.m4a'),
    ]);
    expect(await inspector.identify(path('disguised.m4a'))).toEqual({ family: 'video', mediaType: 'video/mp4' });
    expect(await rejection(inspector.inspectAudio(film))).toMatchObject({ code: 'audio_undecodable' });
  });

  it('identifies a picture and looks at it', async () => {
    const picture = await makeImage(tools, { path: path('picture.mp3'), kind: 'webp' });
    expect(await inspector.identify(picture)).toEqual({ family: 'image', mediaType: 'image/webp' });
    expect(await inspector.inspectImage(picture)).toEqual({ mediaType: 'image/webp', width: 320, height: 240 });
  });

  it('answers for sound longer than the limit with more than the limit', async () => {
    const file = await makeAudio(tools, { path: path('long.mp3'), kind: 'mp3', seconds: 6 });
    expect((await inspector.inspectAudio(file)).seconds).toBeGreaterThan(4);
  });

  it.each([
    ['a playlist', '#EXTM3U\n#EXTINF:1,\n/etc/passwd\n'],
    ['text', 'words'],
    ['nothing', ''],
  ])('names %s called .mp3 as no sound', async (_title, content) => {
    await writeFile(path('fake.mp3'), content);
    expect((await inspector.identify(path('fake.mp3'))).family).toBe('other');
    expect(await rejection(inspector.inspectAudio(path('fake.mp3')))).toMatchObject({
      kind: 'unsupported_media',
      code: 'audio_undecodable',
    });
  });

  it('blames the server, not the file, when ffmpeg is missing', async () => {
    const blind = createMediaInspector({ ffmpegPath: path('no-ffmpeg'), ffprobePath: path('no-ffprobe') });
    const sound = await makeAudio(tools, { path: path('good.m4a'), kind: 'm4a', seconds: 1 });
    const picture = await makeImage(tools, { path: path('good.png'), kind: 'png' });
    const looks = [() => blind.identify(sound), () => blind.inspectAudio(sound), () => blind.inspectImage(picture)];
    for (const look of looks) {
      expect(await rejection(look())).toMatchObject({ name: 'DomainError', kind: 'internal', code: 'process_not_started' });
    }
  });

  it('names an M4A cut before its index as undecodable', async () => {
    const sound = await makeAudio(tools, { path: path('src.m4a'), kind: 'm4a', seconds: 1 });
    await run('cp', [sound, path('cut.m4a')]);
    await run('truncate', ['-s', '900', path('cut.m4a')]);
    expect(await rejection(inspector.inspectAudio(path('cut.m4a')))).toMatchObject({ code: 'audio_undecodable' });
  });
});
