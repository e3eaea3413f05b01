import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Stack, startStack } from '@polyreel/testkit/stack';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { callJson } from './call-json.ts';

const run = promisify(execFile);
let stack: Stack;
let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-playback-'));
  // The browser draws in software here, and its own sandbox wants no root.
  const args = ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'];
  const executablePath = (await run('which', ['chromium'])).stdout.trim();
  [stack, browser] = await Promise.all([startStack(), chromium.launch({ executablePath, args })]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const call = (method: string, url: string, body?: object): Promise<unknown> => callJson(stack, method, url, body);

const seconds = 9;
/** Red, then green, then blue, three seconds each, with a tone. */
async function makeFilm(): Promise<string> {
  const film = path.join(folder, 'colours.mp4');
  const part = (color: string): string[] => ['-f', 'lavfi', '-i', `color=${color}:size=320x180:rate=25:duration=${seconds / 3}`];
  await run(process.env.FFMPEG_PATH ?? 'ffmpeg', [
    ...['-v', 'error', '-y', ...part('red'), ...part('0x00ff00'), ...part('blue')],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-filter_complex', '[0][1][2]concat=n=3[v]'],
    ...['-map', '[v]', '-map', '3:a', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-c:a', 'aac', film],
  ]);
  return film;
}

async function uploadFilm(): Promise<string> {
  const created = z.object({ fileId: z.string(), uploadUrl: z.string() });
  const { fileId, uploadUrl } = created.parse(await call('POST', '/v1/files/upload', { displayName: 'colours.mp4' }));
  expect((await fetch(uploadUrl, { method: 'PUT', body: await readFile(await makeFilm()) })).status).toBe(200);
  const shown = z.object({ hlsSource: z.object({ status: z.string() }) });
  const isReady = async () => shown.parse(await call('GET', `/v1/files/${fileId}`)).hlsSource.status;
  await expect.poll(isReady, { timeout: 120_000 }).toBe('ready');
  return fileId;
}

const byte = z.number();
const played = z.object({
  duration: z.number(),
  isStreamed: z.boolean(),
  width: z.number(),
  color: z.object({ red: byte, green: byte, blue: byte }),
});

/** How far the page's player came, and the colour in the middle of its picture; `in-page.js` does it. */
async function playFrom(page: Page, second: number) {
  const { color, ...seen } = played.parse(await page.evaluate(`playFrom(${second})`));
  const most = Math.max(color.red, color.green, color.blue);
  const name = most < 100 ? 'black' : most === color.red ? 'red' : most === color.green ? 'green' : 'blue';
  return { ...seen, color: name };
}

test('HLS plays in Chromium: the public page from its first second to its last, and a private stream', async () => {
  const fileId = await uploadFilm();
  const published = z.object({ publicPlaybackId: z.string(), publicHlsUrl: z.string() });
  const { publicPlaybackId } = published.parse(await call('POST', `/v1/files/${fileId}/enable-public-preview`));
  const page = await browser.newPage();
  await page.addInitScript({ path: path.join(import.meta.dirname, 'playback', 'in-page.js') });
  const asked: string[] = [];
  page.on('response', (response) => asked.push(`${response.status()} ${new URL(response.url()).pathname}`));
  await page.goto(`${stack.url}/embed/${publicPlaybackId.replace('vg_play_', '')}`);
  const shown = { isStreamed: true, width: 320 };
  expect(await playFrom(page, 0)).toMatchObject({ ...shown, color: 'red' });
  expect(await playFrom(page, 4)).toMatchObject({ ...shown, color: 'green' });
  const last = await playFrom(page, 7.5);
  expect(last).toMatchObject({ ...shown, color: 'blue' });
  expect(last.duration).toBeCloseTo(seconds, 0);
  expect(asked.some((line) => /^200 .*index\.m3u8$/.test(line))).toBe(true);
  expect(asked.filter((line) => line.startsWith('206 ')).length).toBeGreaterThan(1);

  const hidden = z.object({ hlsSource: z.object({ url: z.string() }) });
  const { url } = hidden.parse(await call('POST', `/v1/files/${fileId}/hydrate`)).hlsSource;
  await call('POST', `/v1/files/${fileId}/disable-public-preview`);
  await page.evaluate(`showStream(${JSON.stringify(url)})`);
  expect(await playFrom(page, 4)).toMatchObject({ ...shown, color: 'green' });
  const gone = await page.goto(`${stack.url}/embed/${publicPlaybackId.replace('vg_play_', '')}`);
  expect(gone?.status()).toBe(404);
}, 300_000);
