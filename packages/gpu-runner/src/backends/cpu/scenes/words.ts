/** The kinds of scene that can be drawn. */
export const sceneKinds = [
  'sea',
  'mountains',
  'desert',
  'meadow',
  'snowfield',
  'forest',
  'clouds',
  'sky',
  'aurora',
  'space',
  'fire',
  'street',
  'skyline',
  'underwater',
  'flow',
  'studio',
] as const;
export type SceneKind = (typeof sceneKinds)[number];

export const timesOfDay = ['dawn', 'day', 'golden', 'dusk', 'night'] as const;
export type TimeOfDay = (typeof timesOfDay)[number];

/** Things that may be asked for or ruled out, beside the kind of scene and the light. */
export const motifs = [
  'rain',
  'snow',
  'fog',
  'storm',
  'wind',
  'clouds',
  'clear',
  'stars',
  'moon',
  'lake',
  'trees',
  'flowers',
  'waves',
  'planet',
  'smoke',
  'sparks',
  'bubbles',
  'lights',
] as const;
export type Motif = (typeof motifs)[number];

export const looks = ['monochrome', 'sepia', 'vivid', 'pastel', 'dark', 'bright', 'warm', 'cold', 'soft'] as const;
export type Look = (typeof looks)[number];

/**
 * What a word means. Words are compared in singular form, in lower case; a phrase counts before its words do. Several meanings are
 * several lists holding the word.
 */
export const kindWords: Readonly<Record<SceneKind, readonly string[]>> = {
  sea: words(
    'sea ocean wave surf beach coast shore seaside boat ship sail sailboat sailing yacht island tide harbour harbor lighthouse tsunami surfer horizon bay seascape dolphin pier lagoon',
  ),
  mountains: words(
    'mountain peak summit alp alpine cliff valley canyon ridge himalaya hill lake fjord glacier hiker hiking climber eagle volcano waterfall river highland landscape castle dragon',
  ),
  desert: words('desert dune sand sahara camel oasis arid mars martian savanna savannah nomad caravan pyramid'),
  meadow: words(
    'meadow field grass flower prairie farm garden pasture wheat lawn countryside park spring bee butterfly horse cow sheep picnic sunflower tulip lavender dog puppy cat kitten rabbit child kid tree village barn grassland rose poppy',
  ),
  snowfield: words(
    'snow snowy snowfall winter blizzard ice icy frost frozen ski skier snowman christmas arctic polar tundra penguin sled reindeer snowflake snowstorm',
  ),
  forest: words(
    'forest wood woodland jungle rainforest pine redwood bamboo deer fox bear wolf fern moss trail owl fairy elf mushroom grove leaf',
  ),
  clouds: [
    'above the cloud',
    'cloud from above',
    'over the cloud',
    'sea of cloud',
    ...words('airplane aeroplane plane jet cloudscape paraglider heaven stratosphere'),
  ],
  sky: words('sky cloud cloudy sunset sunrise balloon bird kite rainbow sun weather thunderstorm lightning'),
  aurora: ['northern light', 'southern light', 'polar light', ...words('aurora borealis australis')],
  space: [
    'milky way',
    'black hole',
    'outer space',
    ...words(
      'space galaxy nebula planet star cosmos cosmic universe astronaut spaceship rocket satellite comet asteroid moon alien supernova saturn jupiter spacecraft starship interstellar',
    ),
  ],
  fire: words('fire flame campfire bonfire burn burning blaze fireplace lava ember inferno torch candle phoenix explosion'),
  street: [
    'city rain',
    'rainy city',
    'rainy street',
    ...words(
      'street road alley traffic car taxi cyberpunk neon tokyo crosswalk sidewalk market shop cafe bus motorcycle bicycle race',
    ),
  ],
  skyline: [
    'night city',
    'city at night',
    ...words('city skyline skyscraper downtown metropolis urban manhattan cityscape tower building bridge town architecture'),
  ],
  underwater: words(
    'underwater reef coral fish shark whale diver diving scuba jellyfish seabed turtle mermaid submarine aquarium octopus kelp undersea',
  ),
  flow: words(
    'abstract flow fluid ink liquid silk marble paint swirl gradient pattern wavy texture smoke fractal psychedelic geometric particle dream dreamy music energy plasma loop motion background wallpaper ribbon',
  ),
  studio: [
    'product shot',
    ...words(
      'studio product portrait interview person woman man face bottle perfume watch shoe sneaker logo headshot model fashion robot sphere ball glass minimal minimalist backdrop advertisement commercial phone laptop presenter speaker actor girl boy people vase jewelry ring',
    ),
  ],
};

export const timeWords: Readonly<Record<TimeOfDay, readonly string[]>> = {
  dawn: ['early morning', 'first light', ...words('dawn sunrise daybreak morning')],
  day: ['blue sky', ...words('day daytime noon midday daylight sunny afternoon sunshine')],
  golden: ['golden hour', 'golden light', 'setting sun', ...words('sunset golden evening sundown')],
  dusk: ['blue hour', ...words('dusk twilight nightfall gloaming')],
  night: ['northern light', ...words('night midnight nighttime moonlight moonlit nocturnal starry')],
};

export const motifWords: Readonly<Record<Motif, readonly string[]>> = {
  rain: words('rain rainy raining rainfall downpour drizzle shower monsoon thunderstorm'),
  snow: words('snow snowy snowing snowfall blizzard snowflake snowstorm flurry'),
  fog: words('fog foggy mist misty haze hazy'),
  storm: words('storm stormy tempest thunderstorm thunder lightning hurricane tornado dramatic rough'),
  wind: words('wind windy breeze breezy gust gale'),
  clouds: words('cloud cloudy overcast'),
  clear: ['clear sky', 'blue sky', 'cloudless sky', ...words('cloudless')],
  stars: ['milky way', ...words('star starry starlight')],
  moon: words('moon moonlight moonlit'),
  lake: words('lake river reflection water fjord pond'),
  trees: words('tree wood forest pine'),
  flowers: words('flower blossom poppy daisy tulip lavender sunflower rose bloom wildflower'),
  waves: words('wave surf swell breaker'),
  planet: words('planet moon saturn jupiter earth mars'),
  smoke: words('smoke smoky'),
  sparks: words('spark ember'),
  bubbles: words('bubble'),
  lights: words('light lamp neon lantern headlight'),
};

export const lookWords: Readonly<Record<Look, readonly string[]>> = {
  monochrome: ['black and white', 'film noir', ...words('monochrome grayscale greyscale noir')],
  sepia: words('sepia vintage retro nostalgic'),
  vivid: words('vivid vibrant colorful colourful saturated neon'),
  pastel: words('pastel soft delicate dreamy ethereal'),
  dark: ['low key', ...words('dark moody gloomy shadowy noir ominous')],
  bright: ['high key', ...words('bright luminous radiant')],
  warm: words('warm cozy cosy'),
  cold: words('cold cool chilly icy'),
  soft: words('soft gentle blurred bokeh'),
};

/** Words that say nothing about what is to be seen. */
export const fillerWords: readonly string[] = [
  ...words('the and with over under from into onto near for are was its his her their this that very slowly quickly cinematic'),
  ...words(
    'footage video film movie scene view quality high low detailed realistic photorealistic hdr ultra blurry style beautiful',
  ),
  ...words('stunning epic'),
  // Camera language is read elsewhere.
  ...words(
    'camera shot pan panning tilt tilting zoom zooming dolly truck tracking crane pedestal orbit orbiting roll handheld shaky',
  ),
  ...words('left right upward downward out back forward around locked static tripod still fixed push pull'),
];

function words(list: string): string[] {
  return list.split(' ');
}
