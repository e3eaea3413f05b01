import { describe, expect, it } from 'vitest';
import { cameraAt, easedTravel, unmoved } from './camera-path.ts';

const start = { eye: [0, 1, 0], tilt: 0.1, zoom: 1.4 } as const;
const at = (amounts: Partial<typeof unmoved>, t: number, amplitude = 1) =>
  cameraAt(start, { amounts: { ...unmoved, ...amounts }, amplitude, durationSeconds: 5, reach: 0.5 }, t);

describe('easedTravel', () => {
  it('covers the whole way, never goes back, and is slowest at the ends', () => {
    const travelled = Array.from({ length: 81 }, (_, index) => easedTravel(index / 16, 5));
    expect(travelled[0]).toBe(0);
    expect(travelled.at(-1)).toBeCloseTo(5, 9);
    const steps = travelled.slice(1).map((way, index) => way - (travelled[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThan((1.2 * 5) / 80);
    expect(steps[0]).toBeLessThan((steps[40] ?? 0) * 0.6);
  });

  it('stays finite for a film of no length', () => {
    expect(easedTravel(0, 0)).toBe(0);
  });
});

describe('cameraAt', () => {
  it('does not move when nothing is asked', () => {
    expect(JSON.stringify(at({}, 4))).toBe(JSON.stringify(at({}, 0)));
  });

  it('turns, tilts and zooms to the side that is named', () => {
    expect([at({ pan: 1 }, 5).heading].flat()[2]).toBeGreaterThan(0.1);
    expect([at({ pan: -1 }, 5).heading].flat()[2]).toBeLessThan(-0.1);
    expect(Number(at({ tilt: 1 }, 5).tilt)).toBeGreaterThan(start.tilt + 0.1);
    expect(Number(at({ zoom: 1 }, 5).zoom)).toBeGreaterThan(Number(at({ zoom: 1 }, 0).zoom) * 1.1);
    expect(Number(at({ zoom: -1 }, 5).zoom)).toBeLessThan(Number(at({ zoom: -1 }, 0).zoom) * 0.9);
  });

  it('moves its place by the reach of the scene', () => {
    const [x = 0, y = 0, z = 0] = [at({ truck: -1, pedestal: 1, dolly: 1 }, 5).eye].flat();
    expect(x).toBeCloseTo(-2.5, 6);
    expect(y).toBeGreaterThan(1);
    expect(z).toBeCloseTo(2.5, 6);
  });

  it('goes twice as far at twice the amplitude', () => {
    const angle = (amplitude: number) => [at({ pan: 1 }, 5, amplitude).heading].flat()[2] ?? 0;
    expect(angle(2)).toBeCloseTo(2 * angle(1), 9);
  });
});
