/** The twelve reference films as edits. Sources are names of files that `media.ts` makes. */
export interface BenchFilm {
  /** Of its command: `bench/reference/NN.sh`. */
  readonly number: string;
  readonly title: string;
  readonly edit: unknown;
  readonly ending: 'mp4' | 'gif' | 'mp3';
}

const at = (name: string): string => `https://bench.invalid/${name}`;
const hd = { format: 'mp4', resolution: 'hd', fps: 30 };
const video = (name: string, trim = 0) => ({ type: 'video', src: at(name), trim });
const image = (name: string) => ({ type: 'image', src: at(name) });
const audio = (name: string, more = {}) => ({ type: 'audio', src: at(name), ...more });
const one = (...clips: unknown[]) => ({ clips });
const edit = (tracks: unknown[], output: unknown, more = {}) => ({ timeline: { ...more, tracks }, output });

/** A line of text in a box of its own; the reference gets it as a still that was rasterised from this. */
export const titleAsset = (text: string, size: number) => ({
  type: 'rich-text',
  text,
  font: { family: 'Montserrat', size, weight: 700, color: '#ffffff' },
  shadow: { offsetX: 2, offsetY: 2, blur: 4, color: '#000000', opacity: 0.7 },
});

export const titles = ['The first part', 'What came after', 'Far out at sea', 'The end'] as const;
export const titleBox = { width: 1200, height: 160 } as const;
const linearFade = { name: 'fade', duration: 0.5, easing: 'linear' };

const words =
  'Captions are laid out once and the word that is being spoken is shown in another colour while the film goes on'.split(' ');
export const captionBox = { width: 1000, height: 180 } as const;
const WORD_SECONDS = 0.6;
export const captionSeconds = words.length * WORD_SECONDS;
export const captionAsset = {
  type: 'rich-caption',
  words: words.map((text, index) => ({ text, start: index * WORD_SECONDS, end: (index + 1) * WORD_SECONDS })),
  font: { family: 'Open Sans', size: 48, weight: 700, color: '#ffffff' },
  stroke: { width: 3, color: '#000000' },
  active: { font: { color: '#ffdd00' } },
  animation: { style: 'highlight' },
  maxWordsPerLine: 4,
  maxLines: 1,
};
export const captionMoments = words.map((_, index) => (index + 0.5) * WORD_SECONDS);
export const captionWordSeconds = WORD_SECONDS;

/** Half-second cuts all over three films. */
export const shortCuts = Array.from({ length: 40 }, (_, index) => ({
  name: ['a.mp4', 'b.mp4', 'c.mp4'][index % 3] ?? 'a.mp4',
  trim: Math.round((((index * 37) % 220) / 10) * 30) / 30,
}));

const star = { type: 'shape', shape: 'star', star: { points: 5, innerRadius: 70, outerRadius: 160 }, fill: { color: '#ffcc00' } };
const disc = { type: 'shape', shape: 'circle', circle: { radius: 90 }, fill: { color: '#ff3366' } };
const bar = {
  type: 'shape',
  shape: 'rectangle',
  rectangle: { width: 420, height: 120, cornerRadius: 24 },
  fill: { color: '#33ddaa' },
};
export const shapes = { star, disc, bar } as const;
const linear = (from: number, to: number, length: number) => [{ from, to, start: 0, length, interpolation: 'linear' }];

export const benchFilms: readonly BenchFilm[] = [
  {
    number: '01',
    title: 'cuts only',
    ending: 'mp4',
    edit: edit(
      [
        one(
          ...['own-a.mp4', 'own-b.mp4', 'own-c.mp4', 'own-a.mp4', 'own-b.mp4', 'own-c.mp4'].map((name, index) => ({
            asset: video(name, 2 + 3 * Math.floor(index / 3)),
            start: index * 3,
            length: 3,
          })),
        ),
      ],
      hd,
    ),
  },
  {
    number: '02',
    title: 'cross-fades',
    ending: 'mp4',
    edit: edit(
      [
        one(
          ...['a.mp4', 'b.mp4', 'c.mp4', 'a.mp4', 'b.mp4'].map((name, index) => ({
            asset: { ...video(name, 2 * index), volume: 0 },
            length: 4,
            ...(index > 0 && { crossfade: 1 }),
          })),
        ),
      ],
      hd,
    ),
  },
  {
    number: '03',
    title: 'Ken Burns stills',
    ending: 'mp4',
    edit: edit(
      [
        one(
          ...[1, 2, 3, 4].map((number) => ({
            asset: image(`photo-${number}.jpg`),
            length: 4,
            effect: { name: number % 2 === 1 ? 'zoomIn' : 'zoomOut', amount: 0.2 },
          })),
        ),
      ],
      { ...hd, quality: 'high' },
    ),
  },
  {
    number: '04',
    title: 'picture in picture',
    ending: 'mp4',
    edit: edit(
      [
        one({
          asset: { ...video('b.mp4'), volume: 0 },
          start: 0,
          length: 16,
          scale: 0.3,
          position: 'topRight',
          offset: { x: -0.025, y: -0.05 },
        }),
        one({ asset: video('a.mp4'), start: 0, length: 16 }),
      ],
      hd,
    ),
  },
  {
    number: '05',
    title: 'captions over video',
    ending: 'mp4',
    edit: edit(
      [
        one({ asset: captionAsset, start: 0, length: captionSeconds, ...captionBox, position: 'bottom', offset: { y: 0.05 } }),
        one({ asset: video('a.mp4'), start: 0, length: captionSeconds }),
      ],
      hd,
    ),
  },
  {
    number: '06',
    title: 'many short clips',
    ending: 'mp4',
    edit: edit([one(...shortCuts.map(({ name, trim }) => ({ asset: { ...video(name, trim), volume: 0 }, length: 0.5 })))], hd),
  },
  {
    number: '07',
    title: '4-track mix',
    ending: 'mp4',
    edit: edit(
      [
        one({ asset: audio('voice.wav', { trim: 1 }), start: 2, length: 16 }),
        one({ asset: audio('music.mp3', { volume: 0.5, effect: 'fadeInFadeOut' }), start: 0, length: 20 }),
        one({ asset: audio('beat.m4a', { volume: 0.8 }), start: 4, length: 12 }),
        one({ asset: audio('noise.mp3', { volume: 0.3 }), start: 0, length: 20 }),
        one({ asset: { ...video('b.mp4'), volume: 0 }, start: 0, length: 20 }),
      ],
      hd,
    ),
  },
  {
    number: '08',
    title: 'chroma key',
    ending: 'mp4',
    edit: edit(
      [
        one({
          asset: { ...video('green.mp4'), chromaKey: { color: '#00ff00', threshold: 120, halo: 60, spill: 0 } },
          start: 0,
          length: 10,
        }),
        one({ asset: image('photo-1.jpg'), start: 0, length: 10 }),
      ],
      hd,
    ),
  },
  {
    number: '09',
    title: '60 fps motion graphics',
    ending: 'mp4',
    edit: edit(
      [
        one({
          asset: star,
          start: 0,
          length: 8,
          fit: 'none',
          width: 360,
          height: 360,
          transform: { rotate: { angle: linear(0, 180, 8) } },
        }),
        one({
          asset: disc,
          start: 0,
          length: 8,
          fit: 'none',
          width: 200,
          height: 200,
          offset: { x: linear(-0.35, 0.35, 8), y: linear(0.25, -0.2, 8) },
        }),
        one({
          asset: bar,
          start: 0,
          length: 8,
          fit: 'none',
          width: 440,
          height: 140,
          offset: { x: linear(0.3, -0.3, 8), y: 0.3 },
        }),
      ],
      { ...hd, fps: 60 },
      { background: '#102030' },
    ),
  },
  {
    number: '10',
    title: '1080p minute with titles',
    ending: 'mp4',
    edit: edit(
      [
        one(
          ...titles.map((text, index) => ({
            ...{ asset: titleAsset(text, 96), start: 2 + index * 15, length: 5, ...titleBox },
            ...{ position: 'bottom', offset: { y: 0.1 }, transition: { in: linearFade, out: linearFade } },
          })),
        ),
        one({ asset: video('large.mp4'), start: 0, length: 60 }),
      ],
      { ...hd, resolution: '1080' },
    ),
  },
  {
    number: '11',
    title: 'gif',
    ending: 'gif',
    edit: edit([one({ asset: video('a.mp4', 3), start: 0, length: 4 })], {
      format: 'gif',
      size: { width: 480, height: 270 },
      fps: 15,
    }),
  },
  {
    number: '12',
    title: 'audio only',
    ending: 'mp3',
    edit: edit(
      [
        one({ asset: audio('voice.wav'), start: 1, length: 50 }),
        one({ asset: audio('music.mp3', { volume: 0.5, effect: 'fadeInFadeOut' }), start: 0, length: 55 }),
        one({ asset: audio('beat.m4a', { volume: 0.6, trim: 2 }), start: 3, length: 40 }),
      ],
      { format: 'mp3' },
    ),
  },
];
