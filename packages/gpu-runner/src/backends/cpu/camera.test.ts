import { describe, expect, it } from 'vitest';
import { type CameraAxis, cameraAxes, readCameraMotion } from './camera.ts';

const asked = (prompt: string, negativePrompt = ''): Partial<Record<CameraAxis, number>> => {
  const motion = readCameraMotion(prompt, negativePrompt);
  return Object.fromEntries(cameraAxes.filter((axis) => motion[axis] !== 0).map((axis) => [axis, motion[axis]]));
};

describe('readCameraMotion', () => {
  it.each<[string, Partial<Record<CameraAxis, number>>]>([
    ['A beach, pan left', { pan: -1 }],
    ['the camera slowly pans to the right over the hills', { pan: 0.6 }],
    ['Panning from right to left across a street', { pan: -1 }],
    ['quick left pan', { pan: -1.5 }],
    ['camera tilt up to the sky', { tilt: 1 }],
    ['Tilting slowly downward', { tilt: -0.6 }],
    ['zoom in on the face', { zoom: 1 }],
    ['a slow zoom-out reveals the valley', { zoom: -0.6 }],
    ['dolly in', { dolly: 1 }],
    ['The camera pulls back', { dolly: -1 }],
    ['push-in on the actor', { dolly: 1 }],
    ['truck left along the wall', { truck: -1 }],
    ['tracking shot to the right', { truck: 1 }],
    ['crane up over the crowd', { pedestal: 1 }],
    ['the camera descends', { pedestal: -1 }],
    ['camera orbits around the statue', { orbit: 1 }],
    ['orbit left', { orbit: -1 }],
    ['camera rolls counter-clockwise', { roll: -1 }],
    ['pan left and zoom in', { pan: -1, zoom: 1 }],
    ['tilt up, truck right', { tilt: 1, truck: 1 }],
  ])('reads "%s"', (prompt, expected) => {
    expect(asked(prompt)).toEqual(expected);
    expect(readCameraMotion(prompt).intent).toBe('moving');
  });

  it.each([
    'a frying pan on the left of the stove',
    'a red truck parked on the right',
    'a planet in orbit around a star',
    'sushi roll on a plate',
    'a train on its tracks',
    'a crane standing in the water',
    'a tilted head, tilt-shift look',
    'a dog runs left, birds fly up',
    'no zoom, without panning left',
    'a street -zoom',
    '',
  ])('does not take "%s" for a camera move', (prompt) => {
    expect(asked(prompt)).toEqual({});
  });

  it.each([
    'locked shot of a lake',
    'static camera',
    'the camera remains perfectly still',
    'filmed on a tripod',
    'no camera movement',
    'Fixed camera, rain',
  ])('reads "%s" as locked', (prompt) => {
    expect(readCameraMotion(prompt).intent).toBe('locked');
    expect(asked(prompt)).toEqual({});
  });

  it('takes away what the negative prompt names', () => {
    expect(asked('pan left and zoom in', 'zoom, blurry')).toEqual({ pan: -1 });
  });

  it('says nothing about the camera when the prompt does not', () => {
    expect(readCameraMotion('a quiet lake at dawn').intent).toBe('free');
  });
});
