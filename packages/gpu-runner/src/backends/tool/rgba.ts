import { StepError } from '@polyreel/core';
import sharp from 'sharp';

/** Straight RGBA, 8 bit, sRGB, upright. */
export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

const MAX_INPUT_PIXELS = 100_000_000;

/** Decodes a whole picture with its transparency. Throws a permanent StepError for what is no picture. */
export const readRgba = async (path: string): Promise<RgbaPicture> => {
  try {
    const { data, info } = await sharp(path, { limitInputPixels: MAX_INPUT_PIXELS })
      .autoOrient()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data) };
  } catch (cause) {
    throw new StepError({ code: 'unreadable_image', publicMessage: 'The image could not be decoded', permanent: true, cause });
  }
};
