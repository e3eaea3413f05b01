import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { meanVolume, probeFilm } from './media-files.ts';
import { pollUntil } from './wait.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

const issue = z.looseObject({ path: z.string(), code: z.string(), message: z.string().optional() });
const renderSchema = z.looseObject({
  ...{ id: z.string(), status: z.string(), url: z.string().nullable(), duration: z.number().nullable() },
  error: z.looseObject({ code: z.string(), message: z.string(), path: z.string().nullable() }).nullable(),
  warnings: z.array(z.looseObject({ code: z.string() })),
  files: z.array(z.looseObject({ role: z.string(), url: z.string(), content_type: z.string() })),
  timeline: z.unknown().optional(),
});
type Render = z.infer<typeof renderSchema>;

let stack: Stack;
let folder: string;
let server: Server;
let origin = '';
const asked: { url: string; headers: IncomingHttpHeaders; status: number }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-timeline-'));
  const make = (name: string, ...args: string[]) => run(ffmpeg, ['-v', 'error', '-y', ...args, path.join(folder, name)]);
  await Promise.all([
    make('music.mp3', '-f', 'lavfi', '-i', 'sine=440:d=2', '-c:a', 'libmp3lame'),
    make('still.png', '-f', 'lavfi', '-i', 'testsrc2=size=320x240', '-frames:v', '1'),
  ]);
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const body = await readFile(path.join(folder, path.basename(url.pathname))).catch(() => null);
    const etag = `"${body?.length}"`;
    const status = body === null ? 404 : request.headers['if-none-match'] === etag ? 304 : 200;
    asked.push({ url: url.href, headers: request.headers, status });
    response.writeHead(status, { etag }).end(status === 200 ? body : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  origin = `http://${host}`;
  stack = await startStack({ env: { OUTBOUND_ALLOW: host, VIDGENIE_RATE_LIMITS: 'all=off,public=off,register=off' } });
});
afterAll(async () => {
  await stack?.stop();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(method: string, input: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${stack.url}/api/v1/${method}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'x-api-key': stack.key },
    body: JSON.stringify(input),
  });
  return { status: answer.status, body: await answer.json() };
}
const renderOf = (body: unknown): Render => z.object({ data: z.object({ render: renderSchema }) }).parse(body).data.render;

/** The render when it is over, and the words that were told on the way. */
async function rendered(edit: unknown): Promise<Render & { seen: Set<string> }> {
  const made = await call('render.create', edit);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  const { id } = renderOf(made.body);
  const seen = new Set<string>();
  const ask = async () => renderOf((await call('render.get', { id, include: ['timeline'] })).body);
  const over = await pollUntil(ask, ({ status }) => {
    seen.add(status);
    return ['done', 'failed', 'cancelled'].includes(status);
  });
  return { ...over, seen };
}

async function download(url: string | null, name: string): Promise<string> {
  const answer = await fetch(url ?? '');
  expect(answer.status).toBe(200);
  const file = path.join(folder, name);
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  return file;
}
const size = { width: 160, height: 200 };

/** The last example of the language's description, at a small size. */
const onlyOurs = () => ({
  timeline: {
    background: 'transparent',
    tracks: [
      {
        clips: [
          {
            asset: { type: 'rich-caption', src: 'alias://voice', animation: { style: 'karaoke' }, sidecar: true },
            ...{ start: 0, length: 'alias://voice', width: 150, height: 40, fit: 'none', offset: { y: -0.3 } },
          },
        ],
      },
      { clips: [{ alias: 'voice', asset: { type: 'audio', prompt: 'Welcome to the harbour.' }, start: 0, length: 'auto' }] },
      {
        duck: { amount: 0.8 },
        clips: [{ asset: { type: 'audio', src: `${origin}/music.mp3`, loop: true }, start: 0, length: 'end' }],
      },
      {
        clips: [
          {
            asset: {
              type: 'video',
              prompt: 'slow aerial shot of a harbour at dawn',
              options: { seed: 7, duration: 1 },
              onEnd: 'loop',
            },
            ...{ start: 0, length: 'alias://voice', fit: 'contain-blur', borderRadius: 24 },
          },
        ],
      },
    ],
  },
  output: { format: 'webm', alpha: true, size, fps: 10 },
});

describe('generated assets', () => {
  test('are made first, then drawn and heard, and equal ones are made once for an account', async () => {
    const first = await rendered(onlyOurs());
    expect(first.error).toBeNull();
    expect([...first.seen]).toContain('generating');
    expect(first.warnings.map(({ code }) => code)).toContain('reference_renderer');
    expect(JSON.stringify(first.timeline)).toContain('"seed":7');
    const film = await download(first.url, 'ours.webm');
    const { video, audio, seconds } = await probeFilm(film);
    expect(video).toMatchObject({ codec_name: 'vp9', ...size });
    expect(seconds).toBeGreaterThan(0.8);
    expect(audio?.codec_name).toBe('opus');
    expect(await meanVolume(film)).toBeGreaterThan(-50);
    const captions = first.files.filter(({ role }) => role === 'captions');
    expect(captions.map(({ content_type: type }) => type).sort()).toEqual(['application/x-subrip', 'text/vtt']);
    expect(await readFile(await download(captions[0]?.url ?? null, 'words'), 'utf8')).toMatch(/Welcome/);

    const worker = stack.processes.find(({ name }) => name.includes('worker'));
    const reused = () => worker?.output().split('made before from the same input').length;
    const before = reused() ?? 0;
    const again = await rendered(onlyOurs());
    expect(again.error).toBeNull();
    expect(reused()).toBe(before + 2);
    expect((await probeFilm(await download(again.url, 'again.webm'))).video?.frames).toBe(video?.frames);
    const sounds = asked.filter(({ url }) => url.endsWith('/music.mp3'));
    expect(sounds.map(({ status }) => status)).toEqual([200, 304]);
  });

  test('start from a picture behind an address, for which a bad one is named', async () => {
    const edit = (src: string) => ({
      timeline: {
        tracks: [{ clips: [{ asset: { type: 'image-to-video', src, prompt: 'the camera moves in' }, start: 0, length: 0.5 }] }],
      },
      output: { format: 'mp4', size, fps: 10, mute: true },
    });
    const made = await rendered(edit(`${origin}/still.png`));
    expect(made.error).toBeNull();
    expect((await probeFilm(await download(made.url, 'moved.mp4'))).video?.frames).toBe(5);
    const bad = await rendered(edit(`${origin}/none.png?token=hush`));
    expect(bad.error).toMatchObject({ code: 'asset_fetch_failed', path: 'timeline.tracks[0].clips[0].asset.prompt' });
    expect(bad.error?.message).toContain(`${origin}/none.png`);
    expect(JSON.stringify(bad.error)).not.toContain('hush');
  });

  test('of unknown models are refused with what there is, in one answer with all other faults', async () => {
    const { status, body } = await call('render.validate', {
      timeline: {
        tracks: [
          { clips: [{ asset: { type: 'image', prompt: 'x', model: 'sora-9' }, start: 0, length: 1 }] },
          { clips: [{ asset: { type: 'rich-caption', src: `${origin}/music.mp3` }, start: 0, length: 1 }] },
          { clips: [{ asset: { type: 'html5', html: '<p>' }, start: 0, length: 0 }] },
        ],
      },
      output: { format: 'mp4', size },
    });
    expect(status).toBe(200);
    const { valid, errors } = z.object({ data: z.looseObject({ valid: z.boolean(), errors: z.array(issue) }) }).parse(body).data;
    expect(valid).toBe(false);
    expect(errors.map(({ path: place, code }) => [place, code])).toEqual([
      ['timeline.tracks[0].clips[0].asset.model', 'unknown_model'],
      ['timeline.tracks[1].clips[0].asset.src', 'transcription_unavailable'],
      ['timeline.tracks[2].clips[0].length', 'zero_length'],
      ['timeline.tracks[2].clips[0].asset', 'unsupported_asset'],
    ]);
  });
});

describe('sources', () => {
  const picture = (src: string, more: object = {}) => ({
    timeline: {
      ...more,
      tracks: [{ clips: [{ asset: { type: 'image', src, headers: { 'X-Pass': 'open sesame' } }, start: 0, length: 0.4 }] }],
    },
    output: { format: 'mp4', size, fps: 10, mute: true },
  });
  const statuses = (query: string) => asked.filter(({ url }) => url.includes(query)).map(({ status }) => status);

  test('are confirmed when an account asks again, fetched anew where the edit says so, and asked with its headers', async () => {
    for (const more of [{}, {}, { cache: false }])
      expect((await rendered(picture(`${origin}/still.png?a`, more))).error).toBeNull();
    expect(statuses('?a')).toEqual([200, 304, 200]);
    expect(asked.find(({ url }) => url.includes('?a'))?.headers['x-pass']).toBe('open sesame');
  });

  test('that fail are named by clip, address without its query, and cause; headers are told nowhere', async () => {
    const failed = await rendered(picture(`${origin}/gone.png?key=hush`));
    expect(failed.error).toMatchObject({ code: 'asset_fetch_failed', path: 'timeline.tracks[0].clips[0].asset.src' });
    expect(failed.error?.message).toMatch(/404/);
    const { timeline: _timeline, seen: _seen, ...told } = failed;
    expect(JSON.stringify(told)).not.toContain('hush');
    const all = JSON.stringify(failed) + stack.processes.map((one) => one.output()).join('');
    expect(all).not.toContain('open sesame');
    const { rows } = await stack.pool.query('SELECT spec::text FROM jobs UNION ALL SELECT params::text FROM steps');
    expect(JSON.stringify(rows)).not.toContain('open sesame');
  });
});
