import { describe, expect, it } from 'vitest';
import { readCameraMotion } from '../camera.ts';
import { type CameraPose, planCameraPath, RESTING_POSE } from './camera-path.ts';

const canvas = { width: 832, height: 480 };
const none = { left: 0, right: 0, top: 0, bottom: 0 };
const path = (prompt: string, options: Partial<Parameters<typeof planCameraPath>[0]> = {}) =>
  planCameraPath({
    ...{ motion: readCameraMotion(prompt), canvas, frameCount: 80, durationSeconds: 5, amplitude: 1, seed: 1 },
    ...{ room: none, steadyPixels: 10, maxParallax: 40 },
    ...options,
  });
const seeds = Array.from({ length: 20 }, (_, seed) => seed * 977);

describe('planCameraPath', () => {
  it.each(['pan left', 'zoom out', 'orbit', 'dolly in', 'roll clockwise', 'a lake', 'handheld camera', 'pan right and tilt up'])(
    'starts "%s" on the whole picture, whatever the seed',
    (prompt) => {
      for (const seed of seeds) {
        const { x, y, zoom, roll, parallaxX, parallaxY, dolly } = path(prompt, { seed })(0);
        for (const value of [x, y, zoom - 1, roll, parallaxX, parallaxY, dolly]) expect(Math.abs(value)).toBeLessThan(1e-9);
      }
    },
  );

  it.each<[string, (pose: CameraPose) => number]>([
    ['pan left', (pose) => -pose.x],
    ['pan right', (pose) => pose.x],
    ['tilt up', (pose) => -pose.y],
    ['tilt down', (pose) => pose.y],
    ['truck right', (pose) => pose.parallaxX],
    ['truck left', (pose) => -pose.parallaxX],
    ['pedestal up', (pose) => -pose.y],
    ['zoom in', (pose) => pose.zoom - 1],
    ['zoom out', (pose) => 1 - pose.zoom],
    ['dolly in', (pose) => pose.dolly],
    ['dolly out', (pose) => -pose.dolly],
    ['orbit right', (pose) => pose.parallaxX],
    ['roll clockwise', (pose) => pose.roll],
  ])('goes the asked way on "%s" with every seed', (prompt, progress) => {
    for (const seed of seeds) expect(progress(path(prompt, { seed })(79))).toBeGreaterThan(0.01);
  });

  it('stays on the picture and the 2 % that may be invented', () => {
    for (const prompt of ['pan left', 'tilt up', 'truck right', 'roll clockwise', 'pan right and tilt down', 'zoom in']) {
      const end = path(prompt, { amplitude: 1.5 })(79);
      const reachX = canvas.width / 2 / end.zoom + Math.abs(end.x);
      const reachY = canvas.height / 2 / end.zoom + Math.abs(end.y);
      expect(reachX).toBeLessThan(canvas.width * 0.5 + canvas.width * 0.021 + 1);
      expect(reachY).toBeLessThan(canvas.height * 0.5 + canvas.height * 0.021 + 1);
    }
  });

  it('uses the picture beyond the canvas instead of closing in', () => {
    const tight = path('pan left')(79).zoom;
    const roomy = path('pan left', { room: { left: 120, right: 120, top: 0, bottom: 0 } })(79).zoom;
    expect(tight).toBeGreaterThan(1.05);
    expect(roomy).toBeLessThan(1.01);
  });

  it('goes farther with more amplitude, and never faster than the picture bears', () => {
    const fastest = (amplitude: number): number => {
      const pose = path('pan left', { amplitude, steadyPixels: 0.5, room: { left: 200, right: 200, top: 0, bottom: 0 } });
      return Math.max(...Array.from({ length: 79 }, (_, index) => Math.abs(pose(index + 1).x - pose(index).x)));
    };
    const speeds = [0.33, 0.9, 1.2, 1.5].map(fastest);
    expect(speeds.toSorted((a, b) => a - b)).toEqual(speeds);
    expect(new Set(speeds).size).toBe(4);
    expect(Math.max(...speeds)).toBeLessThan(0.55);
  });

  it('does not move at all when it is locked', () => {
    for (const index of [0, 1, 40, 79]) expect(path('locked shot')(index)).toEqual(RESTING_POSE);
  });
});
