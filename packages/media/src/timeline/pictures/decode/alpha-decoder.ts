import { probe } from '../../../probe.ts';
import type { MediaTools } from '../../../tools.ts';

/** ffmpeg's own decoders of VP8 and VP9 drop transparency; those of libvpx keep it. Null: the default decoder is right. */
export const alphaDecoder = async (tools: MediaTools, path: string, signal: AbortSignal): Promise<string | null> => {
  const { video } = await probe(tools, path, { signal });
  if (video?.codec === 'vp9') return 'libvpx-vp9';
  return video?.codec === 'vp8' ? 'libvpx' : null;
};
