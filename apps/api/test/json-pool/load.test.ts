import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { scaled } from '@polyreel/testkit/scale';
import { createTestMedia, keyText, startMeasured } from '@polyreel/testkit/surface-app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const mebibyte = 1024 * 1024;

const posts = scaled(20);
const bodyBytes = 100 * 1000 * 1000;

let folder = '';
let bodyPath = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-json-load-'));
  bodyPath = path.join(folder, 'body.json');
  await writeBody(bodyPath);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A real frame of 15 MB, and 80 MB that the surface will not want: all of it has to be read. */
async function writeBody(filePath: string): Promise<void> {
  const media = await createTestMedia();
  const png = await media.picture('png');
  await media.close();
  const frame = Buffer.concat([png, Buffer.alloc(15 * mebibyte)]);
  await writeFile(filePath, `{"action":"generate","scenes":[{"prompt":"sea","start_frame":"data:image/png;base64,`);
  await appendFile(filePath, frame.toString('base64'));
  await appendFile(filePath, '"}]');
  const rest = Buffer.alloc(10 * mebibyte, 'polyreel').toString('base64');
  for (let index = 0; (await stat(filePath)).size + rest.length + 100 < bodyBytes; index += 1)
    await appendFile(filePath, `,"more${index}":"data:image/png;base64,${rest}"`);
  await appendFile(filePath, '}');
}

async function post(url: string): Promise<number> {
  const call = request(`${url}/api/v2`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${keyText('owner')}`,
      'content-type': 'application/json',
      'content-length': (await stat(bodyPath)).size,
    },
  });
  const answered = once(call, 'response');
  await pipeline(createReadStream(bodyPath), call);
  const [response] = await answered;
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

describe(`${posts} posts of 100 MB at once`, () => {
  it('neither fill the memory nor block the event loop', async () => {
    const server = await startMeasured(new URL('./server.ts', import.meta.url));
    try {
      await server.peak();
      const statuses = await Promise.all(Array.from({ length: posts }, () => post(server.url)));
      const { rssBytesMax, loopBusyMsMax } = await server.peak();
      // Who finds no thread within 10 s is told to come back: on a busy machine some are.
      expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
      expect(statuses).toContain(200);
      expect(rssBytesMax / mebibyte).toBeLessThan(600);
      expect(loopBusyMsMax).toBeLessThan(200);
    } finally {
      await server.stop();
    }
  });
});
