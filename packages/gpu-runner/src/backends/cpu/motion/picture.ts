import { type Canvas, StepError } from '@polyreel/core';
import sharp, { type Sharp } from 'sharp';

/** Straight RGBA, 8 bit, sRGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, in whole pixels. */
export interface PictureRegion extends Size {
  readonly left: number;
  readonly top: number;
}

/** Pixels on each side. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const MAX_INPUT_PIXELS = 100_000_000;

/** Size as seen: EXIF rotation applied. Throws StepError. */
export const readPictureSize = async (path: string): Promise<Size> => {
  const { autoOrient } = await decoding(sharp(path, { limitInputPixels: MAX_INPUT_PIXELS }).metadata());
  return { width: autoOrient.width, height: autoOrient.height };
};

/** Decodes a whole picture at no more than `longestSide` pixels; transparency lies on black. Throws StepError. */
export const readPicture = async (path: string, longestSide: number): Promise<Picture> =>
  toPicture(upright(path).resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true }));

/** Scales a picture that is in memory. */
export const resizePicture = async (picture: Picture, size: Size): Promise<Picture> =>
  toPicture(fromPicture(picture).resize(size.width, size.height, { fit: 'fill' }));

/** Takes fine detail away; `radiusPixels` is the standard deviation of a Gaussian, at least 0.3. */
export const softenPicture = async (picture: Picture, radiusPixels: number): Promise<Picture> =>
  toPicture(fromPicture(picture).blur(radiusPixels));

/** How a picture is laid onto a canvas: scaled until it covers it, cut to the canvas and what lies round it. */
export interface Placement {
  /** The whole picture after scaling. */
  readonly scaled: Size;
  /** The canvas inside of the scaled picture. */
  readonly canvas: PictureRegion;
}

/** Covers the canvas; the cut is centred on `focus` (ratios 0..1 of the picture) as far as the picture reaches. */
export const placePicture = (picture: Size, canvas: Canvas, focus: { x: number; y: number } = { x: 0.5, y: 0.5 }): Placement => {
  const scale = Math.max(canvas.width / picture.width, canvas.height / picture.height);
  const width = Math.max(canvas.width, Math.round(picture.width * scale));
  const height = Math.max(canvas.height, Math.round(picture.height * scale));
  const place = (centre: number, size: number, whole: number): number =>
    // Half a pixel goes right and down, as other croppers do.
    Math.floor(Math.min(Math.max(centre * whole - size / 2, 0), whole - size) + 0.5);
  return {
    scaled: { width, height },
    canvas: {
      left: place(focus.x, canvas.width, width),
      top: place(focus.y, canvas.height, height),
      width: canvas.width,
      height: canvas.height,
    },
  };
};

/** Decodes the canvas's part of the picture. Throws StepError. */
export const readPlaced = (path: string, { scaled, canvas }: Placement): Promise<Picture> =>
  toPicture(upright(path).resize(scaled.width, scaled.height, { fit: 'fill', kernel: 'lanczos3' }).extract(canvas));

/**
 * Decodes the middle of a picture so that it just covers the canvas, and with it up to `margin` pixels of what lies beyond. The canvas is
 * `room.left` and `room.top` pixels into the result. Throws StepError.
 */
export const readCovering = async (
  path: string,
  canvas: Canvas,
  margin: { x: number; y: number } = { x: 0, y: 0 },
): Promise<{ picture: Picture; room: Margins }> => {
  const size = await readPictureSize(path);
  const scale = Math.max(canvas.width / size.width, canvas.height / size.height);
  const spare = (whole: number, part: number): number => Math.max(0, Math.floor((whole * scale - part - 1) / 2));
  const x = Math.min(margin.x, spare(size.width, canvas.width));
  const y = Math.min(margin.y, spare(size.height, canvas.height));
  const picture = await toPicture(
    upright(path).resize(canvas.width + 2 * x, canvas.height + 2 * y, { fit: 'cover', kernel: 'lanczos3' }),
  );
  return { picture, room: { left: x, right: x, top: y, bottom: y } };
};

/** Continues a picture on all sides by its mirror image, more and more out of focus, as a camera would show what was not taken. */
export const extendPicture = async (picture: Picture, margins: Margins): Promise<Picture> => {
  if (Object.values(margins).every((pixels) => pixels === 0)) return picture;
  const mirrored = await toPicture(fromPicture(picture).extend({ ...margins, extendWith: 'mirror' }));
  const reach = Math.max(2, Math.min(picture.width, picture.height) * 0.03);
  const blurred = await toPicture(fromPicture(mirrored).blur(reach * 0.8));
  const { width, height } = mirrored;
  const data = new Uint8Array(mirrored.data);
  for (let y = 0; y < height; y++) {
    const outsideY = Math.max(margins.top - y, y - (height - margins.bottom - 1), 0);
    for (let x = 0; x < width; x++) {
      const outside = Math.max(margins.left - x, x - (width - margins.right - 1), outsideY);
      if (outside <= 0) {
        // Skip the untouched middle of the row.
        if (outsideY === 0) x = Math.max(x, width - margins.right - 1);
        continue;
      }
      const weight = Math.min(1, outside / reach);
      for (let at = (y * width + x) * 4, end = at + 3; at < end; at++) {
        const sharpValue = mirrored.data[at] ?? 0;
        data[at] = Math.round(sharpValue + ((blurred.data[at] ?? 0) - sharpValue) * weight);
      }
    }
  }
  return { width, height, data };
};

const upright = (path: string): Sharp =>
  sharp(path, { limitInputPixels: MAX_INPUT_PIXELS }).autoOrient().flatten({ background: '#000' }).toColourspace('srgb');

const fromPicture = ({ width, height, data }: Picture): Sharp => sharp(data, { raw: { width, height, channels: 4 } });

const toPicture = async (pipeline: Sharp): Promise<Picture> => {
  const { data, info } = await decoding(pipeline.removeAlpha().ensureAlpha().raw().toBuffer({ resolveWithObject: true }));
  return { width: info.width, height: info.height, data };
};

const decoding = <T>(work: Promise<T>): Promise<T> =>
  work.catch((cause: unknown) => {
    throw new StepError({ code: 'unreadable_image', publicMessage: 'The image could not be decoded', permanent: true, cause });
  });
