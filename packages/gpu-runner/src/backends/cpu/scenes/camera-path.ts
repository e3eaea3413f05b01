import type { CameraMotion } from '../camera.ts';
import { clamp, cosine, sine } from '../engine/scalar-math.ts';
import type { Uniforms } from '../engine/uniforms.ts';

/** Amounts as `readCameraMotion` gives them. */
export type CameraAmounts = Omit<CameraMotion, 'intent'>;

export interface CameraPlan {
  readonly amounts: CameraAmounts;
  /** 1 is the usual pace of a move. */
  readonly amplitude: number;
  readonly durationSeconds: number;
  /** World units that a second of dolly or truck covers in this scene. */
  readonly reach: number;
}

/** The scene's own point of view, before any move. */
export interface CameraStart {
  readonly eye: readonly [number, number, number];
  readonly tilt: number;
  readonly zoom: number;
}

export const unmoved: CameraAmounts = {
  pan: 0,
  tilt: 0,
  truck: 0,
  pedestal: 0,
  dolly: 0,
  zoom: 0,
  orbit: 0,
  roll: 0,
  handheld: 0,
};

/** Paces at amount and amplitude 1. At 832 pixels and 16 frames a second a pan shifts the picture by about 1.2 pixels a frame. */
const PAN_RADIANS_PER_SECOND = 0.055;
const TILT_UNITS_PER_SECOND = 0.07;
const ZOOM_PER_SECOND = 0.04;
const ROLL_SLOPE_PER_SECOND = 0.05;
const PEDESTAL_OF_REACH = 0.35;
/** Share of the film in which a move gathers pace, and again in which it slows down. */
const EASE = 0.12;
/** Pace at the very start and end, so that no two frames are equal. */
const LEAST_PACE = 0.4;

/** Distance covered at time `t` by a move of mean pace 1 that starts and ends softly. */
export const easedTravel = (t: number, duration: number): number => {
  const at = clamp(t / Math.max(duration, 1e-6), 0, 1);
  const top = (1 - LEAST_PACE * EASE) / (1 - EASE);
  const rise = (x: number): number => LEAST_PACE * x + ((top - LEAST_PACE) * x * x) / (2 * EASE);
  if (at < EASE) return rise(at) * duration;
  if (at > 1 - EASE) return (1 - rise(1 - at)) * duration;
  return (rise(EASE) + (at - EASE) * top) * duration;
};

/** The camera's uniforms at time `t` in seconds. */
export const cameraAt = (
  start: CameraStart,
  { amounts, amplitude, durationSeconds, reach }: CameraPlan,
  t: number,
): Pick<Uniforms, 'eye' | 'heading' | 'tilt' | 'zoom' | 'roll'> => {
  const travel = easedTravel(t, durationSeconds) * amplitude;
  const total = durationSeconds * amplitude;
  const shake = 0.004 * amounts.handheld;
  const heading =
    travel * PAN_RADIANS_PER_SECOND * (amounts.pan - 0.6 * amounts.orbit) + shake * (sine(t * 1.9) + 0.6 * sine(t * 3.7 + 1));
  const tilt = start.tilt + travel * TILT_UNITS_PER_SECOND * amounts.tilt + shake * (sine(t * 2.3 + 2) + 0.6 * sine(t * 4.1));
  // A zoom out begins closer than the scene's own view, a zoom in ends there and beyond.
  const zoomed = amounts.zoom < 0 ? travel - total * 0.6 : travel - total * 0.2;
  const roll = amounts.roll * (travel - total / 2) * ROLL_SLOPE_PER_SECOND;
  const right = travel * reach * (amounts.truck + amounts.orbit);
  const forward = travel * reach * amounts.dolly;
  const up = travel * reach * PEDESTAL_OF_REACH * amounts.pedestal;
  const c = cosine(heading);
  const s = sine(heading);
  const [x, y, z] = start.eye;
  return {
    eye: [x + right * c + forward * s, y + up, z + forward * c - right * s],
    heading: [c, s, heading],
    tilt,
    zoom: start.zoom * growth(zoomed * amounts.zoom),
    roll,
  };
};

/** e to the power of `seconds` times the pace, from products alone. */
const growth = (seconds: number): number => {
  let factor = 1 + (seconds * ZOOM_PER_SECOND) / 64;
  for (let i = 0; i < 6; i += 1) factor *= factor;
  return factor;
};
