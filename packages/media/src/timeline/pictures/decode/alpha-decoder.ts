import { z } from 'zod';
import { buildInputArgs, runOnForeignInput } from '../../../foreign-input.ts';
import type { MediaKind } from '../../../media-kinds.ts';
import type { MediaTools } from '../../../tools.ts';

const PROBE_CPU_SECONDS = 10;
const probeSchema = z.object({
  streams: z.array(
    z.object({ codec_name: z.string().optional(), tags: z.object({ alpha_mode: z.string().optional() }).optional() }),
  ),
});

/**
 * ffmpeg's own decoders of VP8 and VP9 drop the transparency that WebM keeps beside the picture; those of libvpx show it, but are
 * slower. Null: the default decoder is right.
 */
export const alphaDecoder = async (
  tools: MediaTools,
  file: { path: string; kind: MediaKind },
  signal: AbortSignal,
): Promise<string | null> => {
  if (file.kind !== 'webm' && file.kind !== 'mkv') return null;
  const { stdout } = await runOnForeignInput({
    command: tools.ffprobePath,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-select_streams', 'v:0', '-of', 'json'],
      ...['-show_entries', 'stream=codec_name:stream_tags=alpha_mode', ...buildInputArgs(file.kind, file.path, { threads: 1 })],
    ],
    signal,
    cpuSeconds: PROBE_CPU_SECONDS,
  });
  const [stream] = probeSchema.parse(JSON.parse(stdout.toString('utf8'))).streams;
  if (stream?.tags?.alpha_mode !== '1') return null;
  return stream.codec_name === 'vp9' ? 'libvpx-vp9' : stream.codec_name === 'vp8' ? 'libvpx' : null;
};
