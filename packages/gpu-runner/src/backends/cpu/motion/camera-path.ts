import type { Canvas } from '@polyreel/core';
import type { CameraMotion } from '../camera.ts';
import { createNoise } from './noise.ts';
import type { Margins } from './picture.ts';
import { smoothstep } from './smoothstep.ts';

/** Where the camera is over the picture at one frame. */
export interface CameraPose {
  /** Canvas pixels by which the camera's axis is off the middle of the picture; right and down are positive. */
  readonly x: number;
  readonly y: number;
  /** Enlargement; 1 shows the picture as it is. */
  readonly zoom: number;
  /** Radians; positive turns the picture counter-clockwise, as a camera that rolls clockwise does. */
  readonly roll: number;
  /** Pixels by which the nearest cells move against those at the pivot, and their extra enlargement. */
  readonly parallaxX: number;
  readonly parallaxY: number;
  readonly dolly: number;
}

export const RESTING_POSE: CameraPose = { x: 0, y: 0, zoom: 1, roll: 0, parallaxX: 0, parallaxY: 0, dolly: 0 };

export interface CameraPathOptions {
  readonly motion: CameraMotion;
  readonly canvas: Canvas;
  readonly frameCount: number;
  readonly durationSeconds: number;
  /** 1 is the usual extent of a move. */
  readonly amplitude: number;
  readonly seed: number;
  /** Real picture beyond the canvas. */
  readonly room: Margins;
  /** Movement from frame to frame that this picture bears, in pixels (`measureTexture`). */
  readonly steadyPixels: number;
  /** Parallax beyond this would fold the picture, in pixels. */
  readonly maxParallax: number;
}

/** Share of the canvas that may show what was not photographed, on one side. */
const INVENTED_RATIO = 0.02;
const MAX_HELP_ZOOM = 1.25;

/**
 * The camera's way through a film. It starts at rest on the whole picture, so the first frame is the picture; the seed changes how
 * the way bends, never where it goes. Where a move would leave the picture, the camera closes in as it goes.
 */
export const planCameraPath = (options: CameraPathOptions): ((index: number) => CameraPose) => {
  if (options.motion.intent === 'locked') return () => RESTING_POSE;
  const ratio = (index: number): number => easedRatio(options.frameCount < 2 ? 0 : index / (options.frameCount - 1));
  const wanted =
    (scale: number) =>
    (index: number): CameraPose =>
      poseAt(options, scale, ratio(index), index);
  const extent = options.amplitude * Math.min(1.25, Math.sqrt(options.durationSeconds / 5));
  const fastest = fastestStep(wanted(extent), options);
  // Saturates instead of clipping: more guidance still moves more.
  const scale =
    fastest < 1e-6 ? extent : extent * (options.steadyPixels / fastest) * (1 - Math.exp(-fastest / options.steadyPixels));
  const path = wanted(scale);
  const helpZoom = findHelpZoom(path(options.frameCount - 1), options);
  return (index) => {
    const pose = path(index);
    return { ...pose, zoom: pose.zoom * (1 + (helpZoom - 1) * ratio(index)) };
  };
};

/** 0..1 with a soft start and end, at a pace that never falls to nothing for long. */
const easedRatio = (ratio: number): number => 0.35 * ratio + 0.65 * smoothstep(0, 1, ratio);

const poseAt = (
  { motion, canvas, seed, durationSeconds, maxParallax }: CameraPathOptions,
  scale: number,
  ratio: number,
  index: number,
): CameraPose => {
  const { width, height } = canvas;
  const free = motion.intent === 'free' ? 1 : 0;
  const bend = Math.sin(Math.PI * ratio) * scale;
  const [bendX, bendY, side, lift] = [51, 52, 53, 54].map((stream) => createNoise(seed, stream)(0.5));
  const extent = ratio * scale;
  const time = ratio * durationSeconds;
  const shake = (stream: number): number =>
    motion.handheld * scale * smoothstep(0, 6, index) * createNoise(seed, stream)(time * 2.2);
  const parallax = (pixels: number): number => maxParallax * Math.tanh(pixels / Math.max(maxParallax, 1e-6));
  return {
    x:
      extent * width * (0.075 * motion.pan + 0.03 * motion.truck + free * 0.008 * (side ?? 0)) +
      bend * width * 0.006 * (bendX ?? 0) +
      shake(61) * width * 0.004,
    y:
      extent * height * (-0.085 * motion.tilt - 0.035 * motion.pedestal + free * 0.006 * (lift ?? 0)) +
      bend * height * 0.008 * (bendY ?? 0) +
      shake(62) * height * 0.005,
    zoom: Math.exp(
      extent * ((motion.zoom < 0 ? 0.1 : 0.17) * motion.zoom + (motion.dolly < 0 ? 0.05 : 0.075) * motion.dolly + free * 0.045),
    ),
    roll: extent * 0.05 * motion.roll + shake(63) * 0.003,
    parallaxX: parallax(
      extent * width * (0.012 * motion.pan + 0.05 * motion.truck + 0.06 * motion.orbit + free * 0.018 * (side ?? 0)),
    ),
    parallaxY: parallax(-extent * height * (0.012 * motion.tilt + 0.05 * motion.pedestal)) + bend * height * 0.006 * motion.orbit,
    dolly: extent * (0.11 * motion.dolly + free * 0.05),
  };
};

/** The largest mean movement between two neighbouring frames over the canvas, in pixels. */
const fastestStep = (path: (index: number) => CameraPose, { canvas, frameCount }: CameraPathOptions): number => {
  let fastest = 0;
  let before = path(0);
  // The path is smooth: forty steps find its fastest part.
  const stride = Math.max(1, Math.floor(frameCount / 40));
  for (let index = stride; index < frameCount; index += stride) {
    const now = path(index);
    const zoom =
      (Math.abs(now.zoom - before.zoom) + Math.abs(now.dolly - before.dolly) * 0.5) * 0.27 * (canvas.width + canvas.height) * 0.5;
    const roll = Math.abs(now.roll - before.roll) * 0.27 * (canvas.width + canvas.height) * 0.5;
    const shift = Math.hypot(now.x - before.x, now.y - before.y);
    const parallax = Math.hypot(now.parallaxX - before.parallaxX, now.parallaxY - before.parallaxY) * 0.35;
    fastest = Math.max(fastest, (shift + zoom + roll + parallax) / stride);
    before = now;
  }
  return fastest;
};

/** The least enlargement that keeps the four corners of `pose` within the picture and the little that may be invented. */
const findHelpZoom = (pose: CameraPose, { canvas, room }: CameraPathOptions): number => {
  const parallaxX = Math.abs(pose.parallaxX) * 0.5;
  const parallaxY = Math.abs(pose.parallaxY) * 0.5;
  // Zooming out has to show what is round the picture; that much is allowed on top.
  const widening = Math.max(0, 1 / pose.zoom - 1) / 2;
  const allowedX = canvas.width * (INVENTED_RATIO + widening);
  const allowedY = canvas.height * (INVENTED_RATIO + widening);
  const isInside = (zoom: number): boolean => {
    const halfX = canvas.width / 2 / (pose.zoom * zoom);
    const halfY = canvas.height / 2 / (pose.zoom * zoom);
    const reachX = halfX * Math.cos(pose.roll) + halfY * Math.abs(Math.sin(pose.roll)) + parallaxX;
    const reachY = halfY * Math.cos(pose.roll) + halfX * Math.abs(Math.sin(pose.roll)) + parallaxY;
    return (
      reachX - pose.x <= canvas.width / 2 + room.left + allowedX &&
      reachX + pose.x <= canvas.width / 2 + room.right + allowedX &&
      reachY - pose.y <= canvas.height / 2 + room.top + allowedY &&
      reachY + pose.y <= canvas.height / 2 + room.bottom + allowedY
    );
  };
  let zoom = 1;
  while (zoom < MAX_HELP_ZOOM && !isInside(zoom)) zoom += 0.0025;
  return zoom;
};
