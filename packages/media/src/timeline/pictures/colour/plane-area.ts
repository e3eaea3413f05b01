import { frameBytes, type PlaneSize } from './colour-kernel.ts';

/** Of planes of Y, U and V; all numbers are even. */
export interface FrameArea extends PlaneSize {
  readonly x: number;
  readonly y: number;
}

/** Planes of an area alone, in `room` when that is large enough; the given ones when the area is all of them. */
export const readArea = (yuv: Uint8Array, size: PlaneSize, area: FrameArea, room: Uint8Array): Uint8Array => {
  if (isAll(size, area)) return yuv;
  const bytes = frameBytes('yuv420p', area);
  const part = room.byteLength >= bytes ? room.subarray(0, bytes) : new Uint8Array(bytes);
  forEachRow(size, area, ({ whole, own, length }) => part.set(yuv.subarray(whole, whole + length), own));
  return part;
};

/** Puts planes of an area where they belong. */
export const writeArea = (yuv: Uint8Array, size: PlaneSize, area: FrameArea, part: Uint8Array): void => {
  if (isAll(size, area)) yuv.set(part);
  else forEachRow(size, area, ({ whole, own, length }) => yuv.set(part.subarray(own, own + length), whole));
};

const isAll = (size: PlaneSize, area: FrameArea): boolean => area.width === size.width && area.height === size.height;

/** `whole`: where a row of the area begins in the planes; `own`: where in planes of the area alone. */
const forEachRow = (
  size: PlaneSize,
  area: FrameArea,
  visit: (row: { whole: number; own: number; length: number }) => void,
): void => {
  let [planeAt, own] = [0, 0];
  for (const share of [1, 2, 2]) {
    const [stride, length] = [size.width / share, area.width / share];
    for (let row = 0; row < area.height / share; row += 1) {
      visit({ whole: planeAt + (area.y / share + row) * stride + area.x / share, own, length });
      own += length;
    }
    planeAt += stride * (size.height / share);
  }
};
