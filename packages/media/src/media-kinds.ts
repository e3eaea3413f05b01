export type MediaFamily = 'image' | 'audio' | 'video' | 'playlist' | 'other';

interface MediaKindFacts {
  readonly family: MediaFamily;
  readonly mediaType: string;
  /** The one ffmpeg demuxer that may open it; null: no program of ours ever opens it. */
  readonly demuxer: string | null;
}

const container = (family: MediaFamily, mediaType: string, demuxer: string | null): MediaKindFacts => ({
  family,
  mediaType,
  demuxer,
});

/**
 * What a file can be by its bytes. A kind without a demuxer is known only to be refused by name: ffmpeg would follow a playlist to
 * other files, and drawings and archives are programs of their own.
 */
export const mediaKinds = {
  jpeg: container('image', 'image/jpeg', 'jpeg_pipe'),
  png: container('image', 'image/png', 'png_pipe'),
  webp: container('image', 'image/webp', 'webp_pipe'),
  gif: container('image', 'image/gif', null),
  bmp: container('image', 'image/bmp', null),
  tiff: container('image', 'image/tiff', null),
  svg: container('image', 'image/svg+xml', null),
  heic: container('image', 'image/heic', null),
  avif: container('image', 'image/avif', null),
  mp3: container('audio', 'audio/mpeg', 'mp3'),
  mp2: container('audio', 'audio/mpeg', 'mp3'),
  wav: container('audio', 'audio/wav', 'wav'),
  m4a: container('audio', 'audio/mp4', 'mov'),
  ogg: container('audio', 'audio/ogg', 'ogg'),
  flac: container('audio', 'audio/flac', 'flac'),
  aac: container('audio', 'audio/aac', 'aac'),
  aiff: container('audio', 'audio/aiff', null),
  amr: container('audio', 'audio/amr', null),
  midi: container('audio', 'audio/midi', null),
  mp4: container('video', 'video/mp4', 'mov'),
  mov: container('video', 'video/quicktime', 'mov'),
  webm: container('video', 'video/webm', 'matroska'),
  mkv: container('video', 'video/x-matroska', 'matroska'),
  ogv: container('video', 'video/ogg', 'ogg'),
  avi: container('video', 'video/x-msvideo', null),
  flv: container('video', 'video/x-flv', null),
  mpegts: container('video', 'video/mp2t', null),
  mpegps: container('video', 'video/mpeg', null),
  hls: container('playlist', 'application/vnd.apple.mpegurl', null),
  dash: container('playlist', 'application/dash+xml', null),
  ffconcat: container('playlist', 'text/x-ffconcat', null),
  pls: container('playlist', 'audio/x-scpls', null),
  sdp: container('playlist', 'application/sdp', null),
  pdf: container('other', 'application/pdf', null),
  zip: container('other', 'application/zip', null),
  gzip: container('other', 'application/gzip', null),
  html: container('other', 'text/html', null),
  xml: container('other', 'application/xml', null),
  json: container('other', 'application/json', null),
  text: container('other', 'text/plain', null),
  empty: container('other', 'application/octet-stream', null),
  unknown: container('other', 'application/octet-stream', null),
} as const satisfies Record<string, MediaKindFacts>;

export type MediaKind = keyof typeof mediaKinds;

/** What a file is by its first bytes. A container of moving pictures may yet prove to hold sound only: see `identifyFile`. */
export interface Sniffed {
  readonly kind: MediaKind;
  readonly family: MediaFamily;
  readonly mediaType: string;
}

export const sniffedAs = (kind: MediaKind): Sniffed => ({
  kind,
  family: mediaKinds[kind].family,
  mediaType: mediaKinds[kind].mediaType,
});
