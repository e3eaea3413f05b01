import { resonant } from '../music/voices.ts';
import { bandPass, createWander, highPass, lowPass, mixIn, type Random, sampleRate, shape, toLevel, whiteNoise } from './dsp.ts';

/** Makes `length` samples of one sound, at any level; the mix sets it. */
type Effect = (length: number, random: Random) => Float32Array;

const samplesOf = (seconds: number): number => Math.max(1, Math.round(seconds * sampleRate));
const noise = (seconds: number, random: Random): Float32Array => whiteNoise(samplesOf(seconds), random);

/** A tone whose pitch is a function of time, as a running phase. */
function tone(seconds: number, pitchHz: (seconds: number) => number, gain: (seconds: number) => number): Float32Array {
  const samples = new Float32Array(samplesOf(seconds));
  let phase = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const time = at / sampleRate;
    phase += (2 * Math.PI * pitchHz(time)) / sampleRate;
    samples[at] = Math.sin(phase) * gain(time);
  }
  return samples;
}

/** Places sounds one after another; the first begins within a fifth of the usual pause, so that a short clip has one. */
function repeat(
  length: number,
  random: Random,
  options: { pauseSeconds: number; jitter: number; make: (index: number) => Float32Array },
): Float32Array {
  const track = new Float32Array(length);
  let time = random() * options.pauseSeconds * 0.2;
  for (let index = 0; time < length / sampleRate; index += 1) {
    mixIn(track, options.make(index), time, 0.7 + 0.3 * random());
    time += options.pauseSeconds * (1 + options.jitter * (random() * 2 - 1));
  }
  return track;
}

const decay =
  (seconds: number) =>
  (time: number): number =>
    Math.exp(-time / seconds);

const rain: Effect = (length, random) => {
  const bed = bandPass(whiteNoise(length, random), 900, 9000);
  const drop = () => tone(0.02, () => 1800 + 3000 * random(), decay(0.004));
  mixIn(bed, repeat(length, random, { pauseSeconds: 0.02, jitter: 0.9, make: drop }), 0, 0.5);
  return bed;
};

const wind: Effect = (length, random) => {
  const gust = createWander(random, 0.5);
  const low = lowPass(lowPass(whiteNoise(length, random), 350), 350);
  const whistle = shape(bandPass(whiteNoise(length, random), 500, 900), (time) => gust(time) ** 3);
  mixIn(low, whistle, 0, 0.3);
  return shape(low, (time) => 0.25 + 0.75 * gust(time + 3));
};

const sea: Effect = (length, random) => {
  const swell = 5 + 2 * random();
  const wave = (time: number): number => (0.5 - 0.5 * Math.cos((2 * Math.PI * time) / swell)) ** 2;
  const body = shape(lowPass(whiteNoise(length, random), 600), (time) => 0.3 + 0.7 * wave(time));
  const foam = shape(highPass(whiteNoise(length, random), 1500), (time) => 0.04 + 0.25 * wave(time - 0.4) ** 2);
  mixIn(body, foam, 0, 1);
  return body;
};

const fire: Effect = (length, random) => {
  const flicker = createWander(random, 6);
  const bed = shape(lowPass(whiteNoise(length, random), 260), (time) => 0.5 + 0.5 * flicker(time));
  const crackle = () => shape(highPass(noise(0.012, random), 1800), decay(0.003));
  mixIn(bed, repeat(length, random, { pauseSeconds: 0.11, jitter: 0.95, make: crackle }), 0, 0.9);
  return bed;
};

const thunder: Effect = (length, random) =>
  repeat(length, random, {
    pauseSeconds: 5,
    jitter: 0.3,
    make() {
      const rumble = createWander(random, 5);
      const roll = shape(lowPass(lowPass(noise(4, random), 130), 130), (time) => decay(1.3)(time) * (0.4 + rumble(time)) * 14);
      mixIn(roll, shape(highPass(noise(0.4, random), 400), decay(0.07)), 0, 0.8);
      return roll;
    },
  });

const footsteps: Effect = (length, random) =>
  repeat(length, random, {
    pauseSeconds: 0.55,
    jitter: 0.05,
    make() {
      const heel = shape(lowPass(noise(0.12, random), 320), decay(0.025));
      mixIn(heel, shape(bandPass(noise(0.08, random), 900, 3500), decay(0.02)), 0.06, 0.12);
      return heel;
    },
  });

const engine: Effect = (length, random) => {
  const load = createWander(random, 0.4);
  const base = 48 + 14 * random();
  const track = new Float32Array(length);
  const seconds = length / sampleRate;
  for (const [harmonic, gain] of [
    [1, 1],
    [2, 0.7],
    [3, 0.45],
    [4, 0.3],
    [6, 0.2],
    [9, 0.1],
  ] as const)
    mixIn(
      track,
      tone(
        seconds,
        (time) => base * harmonic * (0.9 + 0.25 * load(time)),
        () => gain,
      ),
      0,
      1,
    );
  mixIn(track, lowPass(whiteNoise(length, random), 500), 0, 0.6);
  return track;
};

const mouths = [
  [700, 1200, 2600],
  [450, 1900, 2500],
  [320, 2200, 2900],
  [480, 850, 2500],
] as const;

/** Many people talking at once: each a buzzing voice whose mouth moves from vowel to vowel, none of them to be understood. */
const crowd: Effect = (length, random) => {
  const track = bandPass(whiteNoise(length, random), 300, 1600);
  shape(track, () => 0.35);
  for (let person = 0; person < 9; person += 1) {
    const pitch = 95 + 140 * random();
    const melody = createWander(random, 2.2);
    const speaks = createWander(random, 3.5 + random());
    const buzz = new Float32Array(length);
    let phase = 0;
    for (let at = 0; at < length; at += 1) {
      phase = (phase + (pitch * (0.9 + 0.3 * melody(at / sampleRate))) / sampleRate) % 1;
      buzz[at] = (1 - 2 * phase) ** 3;
    }
    for (const [index, [low, middle, high]] of mouths.entries()) {
      // Each vowel has its turn: four slow waves, a quarter of a turn apart.
      const turn = (time: number): number =>
        Math.max(0, Math.sin(2 * Math.PI * (time * (0.9 + 0.1 * person) + index / 4 + person / 9)));
      for (const [hertz, gain] of [
        [low, 1],
        [middle, 0.5],
        [high, 0.18],
      ] as const)
        mixIn(
          track,
          shape(resonant(buzz, hertz, hertz * 0.14), (time) => gain * turn(time) * speaks(time) ** 2),
          0,
          0.5,
        );
    }
  }
  return track;
};

const birds: Effect = (length, random) =>
  repeat(length, random, {
    pauseSeconds: 0.7,
    jitter: 0.8,
    make() {
      const base = 2600 + 1800 * random();
      const song = new Float32Array(samplesOf(0.6));
      const notes = 2 + Math.floor(random() * 4);
      for (let note = 0; note < notes; note += 1) {
        const bend = (random() * 2 - 1) * 9000;
        mixIn(
          song,
          tone(
            0.07,
            (time) => base + bend * time,
            (time) => Math.sin((Math.PI * time) / 0.07),
          ),
          note * 0.11,
          1,
        );
      }
      return song;
    },
  });

const explosion: Effect = (length, random) =>
  repeat(length, random, {
    pauseSeconds: 4,
    jitter: 0.2,
    make() {
      const blast = shape(lowPass(noise(2.5, random), 220), (time) => decay(0.5)(time) * 6);
      mixIn(blast, shape(noise(0.25, random), decay(0.05)), 0, 1);
      mixIn(
        blast,
        tone(1.2, (time) => 70 - 35 * time, decay(0.35)),
        0,
        1.5,
      );
      return blast;
    },
  });

const whoosh: Effect = (length, random) =>
  repeat(length, random, {
    pauseSeconds: 2,
    jitter: 0.3,
    make: () => shape(bandPass(noise(0.7, random), 500, 3000), (time) => Math.sin((Math.PI * time) / 0.7) ** 3),
  });

const bell: Effect = (length, random) =>
  repeat(length, random, {
    pauseSeconds: 2.4,
    jitter: 0.1,
    make() {
      const ring = new Float32Array(samplesOf(3));
      const base = 420 + 160 * random();
      for (const [ratio, gain, seconds] of [
        [0.5, 0.5, 1.4],
        [1, 1, 1],
        [1.19, 0.5, 0.8],
        [1.5, 0.35, 0.6],
        [2, 0.5, 0.5],
        [2.74, 0.25, 0.3],
      ] as const)
        mixIn(
          ring,
          tone(
            3,
            () => base * ratio,
            (time) => gain * decay(seconds)(time),
          ),
          0,
          1,
        );
      return ring;
    },
  });

const room: Effect = (length, random) => lowPass(lowPass(whiteNoise(length, random), 180), 400);

/** Every sound that can be made, with its level in the mix (root mean square of full scale). */
export const effects = {
  rain: { make: rain, level: 0.07 },
  wind: { make: wind, level: 0.07 },
  sea: { make: sea, level: 0.09 },
  fire: { make: fire, level: 0.06 },
  thunder: { make: thunder, level: 0.12 },
  footsteps: { make: footsteps, level: 0.05 },
  engine: { make: engine, level: 0.08 },
  crowd: { make: crowd, level: 0.06 },
  birds: { make: birds, level: 0.04 },
  explosion: { make: explosion, level: 0.13 },
  whoosh: { make: whoosh, level: 0.07 },
  bell: { make: bell, level: 0.07 },
  room: { make: room, level: 0.004 },
} as const satisfies Record<string, { make: Effect; level: number }>;
export type EffectName = keyof typeof effects;

export const makeEffect = (name: EffectName, length: number, random: Random): Float32Array =>
  toLevel(effects[name].make(length, random), effects[name].level);
