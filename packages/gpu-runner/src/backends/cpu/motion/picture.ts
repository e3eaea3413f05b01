import { type Canvas, StepError } from '@polyreel/core';
import sharp, { type OutputInfo, type Sharp } from 'sharp';

/** Straight RGBA, 8 bit, sRGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A part of a picture, in whole pixels. */
export interface PictureRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const MAX_INPUT_PIXELS = 100_000_000;

/** Size as seen: EXIF rotation applied. */
export const readPictureSize = async (path: string): Promise<{ width: number; height: number }> => {
  const { autoOrient } = await decoding(sharp(path, { limitInputPixels: MAX_INPUT_PIXELS }).metadata());
  return { width: autoOrient.width, height: autoOrient.height };
};

/** Decodes a whole picture at no more than `longestSide` pixels; transparency lies on black. Throws StepError. */
export const readPicture = async (path: string, longestSide: number): Promise<Picture> =>
  toPicture(upright(path).resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true }));

/** Decodes `region` of the picture and scales it to `size`. Throws StepError. */
export const readPictureRegion = async (path: string, region: PictureRegion, size: Canvas): Promise<Picture> => {
  const { data } = await decoding(upright(path).raw().toBuffer({ resolveWithObject: true }).then(rewrap));
  return toPicture(data.extract(region).resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' }));
};

/** The largest region of the canvas's shape whose centre is as near as can be to `focus` (ratios 0..1 of the picture). */
export const coverRegion = (
  picture: { width: number; height: number },
  canvas: Canvas,
  focus: { x: number; y: number } = { x: 0.5, y: 0.5 },
): PictureRegion => {
  const scale = Math.min(picture.width / canvas.width, picture.height / canvas.height);
  const width = Math.max(1, Math.min(picture.width, Math.round(canvas.width * scale)));
  const height = Math.max(1, Math.min(picture.height, Math.round(canvas.height * scale)));
  const place = (centre: number, size: number, whole: number): number =>
    Math.round(Math.min(Math.max(centre * whole - size / 2, 0), whole - size));
  return { left: place(focus.x, width, picture.width), top: place(focus.y, height, picture.height), width, height };
};

const upright = (path: string): Sharp =>
  sharp(path, { limitInputPixels: MAX_INPUT_PIXELS }).autoOrient().flatten({ background: '#000' }).toColourspace('srgb');

/** sharp orders its operations itself; a second pipeline on the raw pixels makes `extract` mean upright pixels. */
const rewrap = (raw: { data: Buffer; info: OutputInfo }): { data: Sharp } => ({
  data: sharp(raw.data, { raw: { width: raw.info.width, height: raw.info.height, channels: raw.info.channels } }),
});

const toPicture = async (pipeline: Sharp): Promise<Picture> => {
  const { data, info } = await decoding(pipeline.removeAlpha().ensureAlpha().raw().toBuffer({ resolveWithObject: true }));
  return { width: info.width, height: info.height, data };
};

const decoding = <T>(work: Promise<T>): Promise<T> =>
  work.catch((cause: unknown) => {
    throw new StepError({ code: 'unreadable_image', publicMessage: 'The image could not be decoded', permanent: true, cause });
  });
