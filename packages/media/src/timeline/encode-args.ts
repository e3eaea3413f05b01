import { formatFrameRate, trackTimescale } from '../frame-rate.ts';
import { buildH264Args } from '../h264.ts';
import type { FrameFormat } from './pictures/colour/colour-kernel.ts';
import type { OutputPlan } from './output-plan.ts';
import type { Quality } from './schema/output.ts';

/** How pictures are written: the encoder's options, after a filter that brings RGBA to its colours. */
export interface PictureArgs {
  /** For `-filter_complex`: from `[0:v]`, ends in `[picture]`. */
  readonly filter: string;
  readonly args: readonly string[];
}

export const h264Crf: Readonly<Record<Quality, number>> = { verylow: 34, low: 28, medium: 23, high: 18, veryhigh: 14 };
const vp9Crf: Readonly<Record<Quality, number>> = { verylow: 45, low: 38, medium: 31, high: 24, veryhigh: 18 };
const jpegQuality: Readonly<Record<Quality, number>> = { verylow: 50, low: 65, medium: 80, high: 90, veryhigh: 97 };
const webpQuality = jpegQuality;
const proresProfile: Readonly<Record<Quality, number>> = { verylow: 0, low: 1, medium: 2, high: 3, veryhigh: 3 };

/** Frames of one film up to this size are kept for a common palette; of larger ones each frame has its own. */
const PALETTE_BYTES = 512 * 1024 * 1024;

/** Some encoders write what the frames say, others what the options say. */
export const BT709_FRAMES = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';

const fromRgba = (format: string): string =>
  `scale=in_range=pc:out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,setsar=1,format=${format},${BT709_FRAMES}`;
const BT709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'] as const;

/** Films whose frames may come as they are encoded: nothing is left to be converted. */
export const frameFormatFor = (plan: OutputPlan): FrameFormat => {
  const isPlain = plan.codec === 'h264' || plan.codec === 'h265' || plan.codec === 'av1' || plan.codec === 'vp9';
  const isEven = plan.output.width % 2 === 0 && plan.output.height % 2 === 0;
  return plan.kind === 'film' && isPlain && isEven && !plan.hasAlpha ? 'yuv420p' : 'rgba';
};

/** `format`: of the frames that come; `yuv420p` where `frameFormatFor` says so. */
export const buildPictureArgs = (plan: OutputPlan, frameCount: number, format: FrameFormat = 'rgba'): PictureArgs => {
  const toYuv = (wanted: string): string =>
    format === 'yuv420p' ? `setsar=1,format=${wanted},${BT709_FRAMES}` : fromRgba(wanted);
  const rate = formatFrameRate(plan.frameRate);
  const gop = String(Math.max(1, Math.round(plan.frameRate.numerator / plan.frameRate.denominator)));
  const graph = (filters: string): string => `[0:v]${filters}[picture]`;
  if (plan.kind === 'still') return stillArgs(plan);
  if (plan.format === 'gif')
    return { filter: gifFilter(plan, frameCount), args: ['-c:v', 'gif', '-loop', plan.isRepeated ? '0' : '-1'] };
  if (plan.format === 'webp') {
    const quality = String(webpQuality[plan.quality]);
    const args = ['-c:v', 'libwebp_anim', '-quality', quality, '-compression_level', '3', '-loop', plan.isRepeated ? '0' : '1'];
    return { filter: graph(plan.hasAlpha ? 'format=bgra' : 'format=rgb24,format=bgra'), args };
  }
  switch (plan.codec) {
    case 'h265':
      return {
        filter: graph(toYuv('yuv420p')),
        args: [
          ...['-c:v', 'libx265', '-preset', 'fast', '-crf', String(plan.crf ?? h264Crf[plan.quality] + 3), '-g', gop, '-r', rate],
          ...['-tag:v', 'hvc1', '-x265-params', 'log-level=error:pools=4', ...BT709],
        ],
      };
    case 'av1':
      return {
        filter: graph(toYuv('yuv420p')),
        args: [
          '-c:v',
          'libsvtav1',
          '-preset',
          '9',
          '-crf',
          String(plan.crf ?? vp9Crf[plan.quality]),
          '-g',
          String(10 * Number(gop)),
          '-r',
          rate,
          ...BT709,
        ],
      };
    case 'vp9':
      return {
        filter: graph(toYuv(plan.hasAlpha ? 'yuva420p' : 'yuv420p')),
        args: [
          ...[
            '-c:v',
            'libvpx-vp9',
            '-b:v',
            '0',
            '-crf',
            String(plan.crf ?? vp9Crf[plan.quality]),
            '-deadline',
            'good',
            '-cpu-used',
            '5',
          ],
          // Alternate reference frames and transparency do not go together in this encoder.
          ...[
            '-row-mt',
            '1',
            '-threads',
            '4',
            '-g',
            String(5 * Number(gop)),
            '-r',
            rate,
            ...BT709,
            ...(plan.hasAlpha ? ['-auto-alt-ref', '0'] : []),
          ],
        ],
      };
    case 'prores':
      return {
        filter: graph(toYuv('yuv422p10le')),
        args: ['-c:v', 'prores_ks', '-profile:v', String(proresProfile[plan.quality]), '-vendor', 'apl0', '-r', rate, ...BT709],
      };
    case 'prores4444':
      return {
        filter: graph(toYuv(plan.hasAlpha ? 'yuva444p10le' : 'yuv444p10le')),
        args: ['-c:v', 'prores_ks', '-profile:v', '4', '-vendor', 'apl0', '-r', rate, ...BT709],
      };
    default:
      return {
        filter: graph(toYuv('yuv420p')),
        args: buildH264Args({ frameRate: plan.frameRate, crf: plan.crf ?? h264Crf[plan.quality] }),
      };
  }
};

const stillArgs = (plan: OutputPlan): PictureArgs => {
  switch (plan.format) {
    case 'jpg':
      return {
        // JPEG holds full-range BT.601.
        filter: '[0:v]scale=in_range=pc:out_color_matrix=bt601:out_range=pc:flags=accurate_rnd,format=yuvj420p[picture]',
        args: ['-c:v', 'mjpeg', '-q:v', String(jpegScale(jpegQuality[plan.quality])), '-frames:v', '1'],
      };
    case 'bmp':
      return { filter: '[0:v]format=bgr24[picture]', args: ['-c:v', 'bmp', '-frames:v', '1'] };
    default:
      return { filter: `[0:v]format=${plan.hasAlpha ? 'rgba' : 'rgb24'}[picture]`, args: ['-c:v', 'png', '-frames:v', '1'] };
  }
};

/** libjpeg's quality as the encoder's quantiser scale (2 best .. 31). */
export const jpegScale = (quality: number): number => Math.max(2, Math.min(31, Math.round(2 + ((100 - quality) * 29) / 100 / 2)));

const gifFilter = ({ output, hasAlpha }: OutputPlan, frameCount: number): string => {
  const isSmall = output.width * output.height * 4 * frameCount <= PALETTE_BYTES;
  const reserve = hasAlpha ? 'reserve_transparent=1' : 'reserve_transparent=0';
  const stats = isSmall ? 'stats_mode=diff' : 'stats_mode=single';
  const use = `dither=sierra2_4a:diff_mode=rectangle${isSmall ? '' : ':new=1'}${hasAlpha ? ':alpha_threshold=128' : ''}`;
  return `[0:v]split[seen][drawn];[seen]palettegen=${reserve}:${stats}[palette];[drawn][palette]paletteuse=${use}[picture]`;
};

export const buildAudioArgs = ({ audio }: OutputPlan): string[] => {
  const rate = ['-ar', String(audio.sampleRate), '-ac', String(audio.channels)];
  const kbps = `${Math.round(audio.channels === 1 ? audio.bitrateKbps / 1.5 : audio.bitrateKbps)}k`;
  switch (audio.codec) {
    case 'mp3':
      return ['-c:a', 'libmp3lame', '-b:a', kbps, ...rate];
    case 'opus':
      return ['-c:a', 'libopus', '-b:a', kbps, ...rate];
    case 'pcm':
      return ['-c:a', 'pcm_s16le', ...rate];
    case 'aac':
      return ['-c:a', 'aac', '-b:a', kbps, ...rate, '-flags:a', '+bitexact'];
  }
};

/** The container. The index of mp4 lies in front, so that browsers play it while it loads. */
export const buildMuxerArgs = (plan: OutputPlan): string[] => {
  const timescale = String(trackTimescale(plan.frameRate));
  const clean = ['-map_chapters', '-1', '-fflags', '+bitexact'];
  switch (plan.format) {
    case 'mp4':
    case 'mov':
      return [
        ...clean,
        '-movflags',
        '+faststart',
        '-video_track_timescale',
        timescale,
        '-movie_timescale',
        timescale,
        '-f',
        plan.format,
      ];
    case 'm4a':
      return [...clean, '-movflags', '+faststart', '-f', 'ipod'];
    case 'aac':
      return [...clean, '-f', 'adts'];
    case 'jpg':
    case 'png':
    case 'bmp':
      return [...clean, '-f', 'image2', '-update', '1'];
    default:
      return [...clean, '-f', plan.format];
  }
};

export const mediaTypes: Readonly<Record<OutputPlan['format'], string>> = {
  ...{ mp4: 'video/mp4', webm: 'video/webm', mov: 'video/quicktime', gif: 'image/gif', webp: 'image/webp' },
  ...{ mp3: 'audio/mpeg', wav: 'audio/wav', m4a: 'audio/mp4', aac: 'audio/aac' },
  ...{ jpg: 'image/jpeg', png: 'image/png', bmp: 'image/bmp', srt: 'application/x-subrip', vtt: 'text/vtt' },
};

/** ffmpeg's own text form of tags: a caller's words never stand on a command line. */
export const formatMetadata = (metadata: Readonly<Record<string, string>>): string =>
  `;FFMETADATA1\n${Object.entries(metadata)
    .map(([key, value]) => `${key}=${value.replace(/[=;#\\\n]/g, (letter) => `\\${letter}`).replace(/\r/g, '')}\n`)
    .join('')}`;
