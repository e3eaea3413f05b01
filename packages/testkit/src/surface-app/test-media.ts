import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Canvas } from '@polyreel/core';
import {
  type FixtureAudioKind,
  type FixtureImageKind,
  makeAudio,
  makeFilm,
  makeImage,
  writeBombPng,
} from '@polyreel/media/fixtures';

/** Pictures, sounds and films as bytes, each made once by ffmpeg. */
export interface TestMedia {
  picture(kind: FixtureImageKind, canvas?: Canvas): Promise<Buffer>;
  /** A PNG of a few kilobytes, however many pixels it has. */
  vastPng(canvas: Canvas): Promise<Buffer>;
  sound(kind: FixtureAudioKind, seconds: number): Promise<Buffer>;
  film(): Promise<Buffer>;
  close(): Promise<void>;
}

export async function createTestMedia(): Promise<TestMedia> {
  const tools = { ffmpegPath: process.env.FFMPEG_PATH ?? 'ffmpeg', ffprobePath: process.env.FFPROBE_PATH ?? 'ffprobe' };
  const folder = await mkdtemp(path.join(tmpdir(), 'polyreel-media-'));
  const made = new Map<string, Promise<Buffer>>();
  const once = (name: string, make: (filePath: string) => Promise<string>): Promise<Buffer> => {
    const known = made.get(name) ?? make(path.join(folder, name)).then((filePath) => readFile(filePath));
    made.set(name, known);
    return known;
  };
  return {
    picture: (kind, canvas = { width: 320, height: 240 }) =>
      once(`picture-${canvas.width}x${canvas.height}.${kind}`, (filePath) => makeImage(tools, { path: filePath, kind, canvas })),
    vastPng: (canvas) => once(`vast-${canvas.width}x${canvas.height}.png`, (filePath) => writeBombPng(filePath, canvas)),
    sound: (kind, seconds) => once(`sound-${seconds}.${kind}`, (filePath) => makeAudio(tools, { path: filePath, kind, seconds })),
    film: () =>
      once('film.mp4', (filePath) =>
        makeFilm(tools, {
          path: filePath,
          canvas: { width: 64, height: 64 },
          frameRate: { numerator: 16, denominator: 1 },
          frameCount: 16,
        }),
      ),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
