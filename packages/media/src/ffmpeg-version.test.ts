import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkFfmpeg, isOldFfmpeg, parseFfmpegVersion } from './ffmpeg-version.ts';

it.each([
  ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c)', '4.4.2-0ubuntu0.22.04.1', true],
  ['ffmpeg version 5.0 Copyright', '5.0', true],
  ['ffmpeg version 5.1.6-0+deb12u1 Copyright', '5.1.6-0+deb12u1', false],
  ['ffprobe version n7.1 Copyright', 'n7.1', false],
  ['ffmpeg version 10.0 Copyright', '10.0', false],
  ['ffmpeg version N-113007-g8d24a28d06-static https://', 'N-113007-g8d24a28d06-static', false],
])('reads %s', (banner, version, isOld) => {
  expect(parseFfmpegVersion(banner)).toBe(version);
  expect(isOldFfmpeg(version)).toBe(isOld);
});

it('refuses an old program with its version and the one that is needed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-ffmpeg-'));
  try {
    const program = path.join(folder, 'ffmpeg');
    await writeFile(program, '#!/bin/sh\necho "ffmpeg version 4.3.1 Copyright"\n');
    await chmod(program, 0o755);
    await expect(checkFfmpeg(program)).rejects.toThrow(`${program} is version 4.3.1: 5.1 or newer is needed`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
