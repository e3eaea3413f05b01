/** Foreign and short forms are brought to the internal one before the schema looks; places in the document stay as they are. */

export type Dialect = 'shotstack' | 'native';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The engine's files always have numbers `output.width` and `output.height`; in Shotstack's they are never valid. */
export const detectDialect = (document: unknown): Dialect => {
  const output = isObject(document) && isObject(document.output) ? document.output : {};
  return typeof output.width === 'number' && typeof output.height === 'number' ? 'native' : 'shotstack';
};

export const toInternal = (document: unknown, dialect: Dialect): unknown => {
  if (!isObject(document)) return document;
  const timeline = mapTimeline(document.timeline, (clip, next) => (dialect === 'native' ? nativeClip(clip, next) : clip));
  if (dialect === 'shotstack') return { ...document, timeline };
  const { output, ...rest } = document;
  return { ...rest, timeline, output: isObject(output) ? nativeOutput(output) : output };
};

/** 30 pictures a second, fixed. */
const nativeOutput = ({ width, height, ...rest }: Json): Json => ({ fps: 30, ...rest, size: { width, height } });

/** The engine's word for a place of the internal form. */
export const nativePath = (path: string): string =>
  path.replace(/^output\.size\.(width|height)$/, 'output.$1').replace(/\.transform\.rotate\.angle$/, '.rotate');

/** With those inside compositions. */
const mapTimeline = (timeline: unknown, map: (clip: Json, before: Json | undefined) => Json): unknown => {
  if (!isObject(timeline) || !Array.isArray(timeline.tracks)) return timeline;
  const tracks = timeline.tracks.map((track: unknown) => {
    if (!isObject(track) || !Array.isArray(track.clips)) return track;
    const clips: unknown[] = track.clips;
    const mapClip = (clip: unknown, index: number): unknown => {
      if (!isObject(clip)) return clip;
      const before = clips[index - 1];
      const mapped = withPlainAsset(map(clip, isObject(before) ? before : undefined));
      const { asset } = mapped;
      if (!isObject(asset) || asset.type !== 'composition') return mapped;
      return { ...mapped, asset: { ...asset, timeline: mapTimeline(asset.timeline, map) } };
    };
    return { ...track, clips: clips.map(mapClip) };
  });
  return { ...timeline, tracks };
};

/** Pixels, y downwards, own size, top left unless centred; a luma clip masks the clip that follows it. */
const nativeClip = (clip: Json, before: Json | undefined): Json => {
  const { rotate, offset, position, transform, ...rest } = clip;
  const isLuma = isObject(clip.asset) && clip.asset.type === 'luma';
  const luma = before !== undefined && isObject(before.asset) && before.asset.type === 'luma' ? before.asset : undefined;
  return {
    fit: 'none',
    ...rest,
    position: position === 'center' ? 'center' : 'topLeft',
    ...(isObject(offset) ? { offset: { ...offset, ...pixels(offset) } } : offset === undefined ? {} : { offset }),
    ...(rotate === undefined && transform === undefined
      ? {}
      : {
          transform: {
            ...(isObject(transform) ? transform : {}),
            ...(rotate === undefined ? {} : { rotate: { angle: rotate } }),
          },
        }),
    ...(isLuma ? { hidden: true } : {}),
    ...(luma !== undefined && !isLuma ? { mask: luma } : {}),
  };
};

const pixels = (offset: Json): Json => ({
  ...(typeof offset.x === 'number' ? { x: `${plain(offset.x)}px` } : {}),
  ...(typeof offset.y === 'number' ? { y: `${plain(-offset.y)}px` } : {}),
});
/** Never an exponent, which the schema's pattern would not read. */
const plain = (value: number): string => (value === 0 ? '0' : String(Math.round(value * 1000) / 1000));

/** `subtitle` is `caption`; `ai {task, ...}` is the type of its task. */
const withPlainAsset = (clip: Json): Json => {
  const { asset } = clip;
  if (!isObject(asset)) return clip;
  if (asset.type === 'subtitle') return { ...clip, asset: { ...asset, type: 'caption' } };
  if (asset.type !== 'ai' || typeof asset.task !== 'string') return clip;
  const { task, ...rest } = asset;
  return { ...clip, asset: { ...rest, type: task } };
};
