export type { PictureWarning } from './raster/raster-messages.ts';
export { type RenderedFrame, type RenderFramesOptions, renderFrames } from './render-frames.ts';
