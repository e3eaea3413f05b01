/** What a prompt is about, and what moves and shines there. The first theme whose words occur decides. */
export interface FilmTheme {
  readonly words: RegExp;
  readonly motion: readonly string[];
  readonly light: readonly string[];
}

const words = (list: string): RegExp => new RegExp(`\\b(?:${list})\\b`, 'i');

/** Phrases match `namesMotion` and `namesLight`, so that a prompt is not enhanced twice. */
export const filmThemes: readonly FilmTheme[] = [
  {
    words: words('rain\\w*|drizzle|storm\\w*|thunder\\w*|wet|umbrellas?|puddles?'),
    motion: [
      'raindrops falling and rippling in the puddles',
      'rain streaking past in the wind, water running down every surface',
    ],
    light: ['soft overcast light glinting on wet surfaces', 'cool diffused light with bright reflections in the rain'],
  },
  {
    words: words('snow\\w*|ice|icy|frozen|winter|blizzard|glaciers?|arctic'),
    motion: ['snowflakes drifting slowly through the air', 'fine snow blowing across the ground'],
    light: ['pale low winter sunlight with long blue shadows', 'soft diffused light off the snow'],
  },
  {
    words: words('sea|ocean|waves?|beach|surf\\w*|coast\\w*|lighthouse|harbou?r|shore|sail\\w*|boats?|ships?'),
    motion: ['waves rolling in and foam spreading over the stones', 'the swell rising and falling in a steady rhythm'],
    light: ['golden hour light glittering on the water', 'low warm sunlight through the spray'],
  },
  {
    words: words('rivers?|lakes?|waterfalls?|streams?|underwater|fish\\w*|reef|diver?s?'),
    motion: ['water flowing smoothly, small ripples crossing the surface', 'currents swaying gently, particles drifting past'],
    light: ['dappled sunlight dancing on the water', 'soft rays of light falling through the surface'],
  },
  {
    words: words('neon|city|cities|streets?|skyline|cyberpunk|traffic|downtown|alley\\w*|tokyo|new york|subway'),
    motion: ['traffic flowing and people passing in the background', 'steam rising from the grates, lights flickering past'],
    light: ['neon light reflecting on glass and asphalt', 'warm street light against a cool evening sky'],
  },
  {
    words: words('fire\\w*|flames?|candles?|lava|volcano\\w*|embers?|explosion|dragons?'),
    motion: ['flames flickering and sparks rising', 'smoke curling upward, embers drifting on the air'],
    light: ['warm flickering firelight with deep shadows', 'glowing orange backlight through the smoke'],
  },
  {
    words: words('space|galax\\w*|stars?|planets?|astronauts?|nebula\\w*|moon|rockets?|spaceships?|orbit'),
    motion: ['dust drifting weightlessly, the stars turning slowly', 'a slow rotation revealing the far side'],
    light: ['hard rim light from a single distant sun', 'cold starlight with a faint coloured glow'],
  },
  {
    words: words('forests?|woods?|trees?|jungle|leaves|garden|flowers?|meadow|grass|fields?|park'),
    motion: ['leaves swaying in a light breeze, pollen drifting in the air', 'the grass rippling in the wind'],
    light: ['dappled sunlight falling through the leaves', 'soft morning light with a touch of mist'],
  },
  {
    words: words('mountains?|desert|canyons?|dunes?|hills?|cliffs?|valleys?|clouds?|sky|landscape|aurora'),
    motion: ['clouds drifting and their shadows gliding over the land', 'wind carrying fine dust along the ridge'],
    light: ['golden hour light raking across the slopes', 'soft dawn light with layers of haze'],
  },
  {
    words: words(
      'cars?|trucks?|trains?|motorbikes?|motorcycles?|bicycles?|bikes?|planes?|aircraft|drones?|race|racing|road|highway',
    ),
    motion: ['speeding past with the background streaking by', 'dust swirling up behind the wheels'],
    light: ['late sunlight gleaming along the bodywork', 'crisp daylight with moving reflections'],
  },
  {
    words: words('coffee|tea|food|cak\\w*|bread|fruits?|kitchen|cook\\w*|chefs?|drinks?|wine|pizza|soup'),
    motion: ['steam rising and curling in the air', 'a slow pour, drops sliding down the side'],
    light: ['soft window light from the side with gentle shadows', 'warm practical light with a shallow glow'],
  },
  {
    words: words(
      'cats?|dogs?|pupp\\w*|kittens?|horses?|birds?|fox\\w*|wol(?:f|ves)|lions?|tigers?|bears?|elephants?|animals?|owls?|deer',
    ),
    motion: ['breathing visibly, fur and ears stirring in the breeze', 'turning its head slowly, small natural movements'],
    light: ['soft backlight tracing every edge', 'warm late sunlight with a clean catchlight in the eyes'],
  },
  {
    words: words(
      'wom[ae]n|m[ae]n|girls?|boys?|child\\w*|persons?|people|faces?|portraits?|danc\\w*|runners?|musicians?|couple|crowd|warriors?|knights?|old lady|farmers?|fisherm[ae]n',
    ),
    motion: ['natural gestures, hair and clothing moving with each step', 'breathing calmly, fabric swaying in a light breeze'],
    light: ['soft key light from the side with a warm rim light', 'golden hour light on the face, gentle shadows'],
  },
];

export const plainTheme: Omit<FilmTheme, 'words'> = {
  motion: ['gentle natural movement throughout the frame', 'dust drifting slowly through the air'],
  light: ['soft directional light with gentle shadows', 'warm late sunlight with soft shadows'],
};

/** When it is dark, whatever the theme. */
export const nightWords = words('night|midnight|dark|moonlit|nocturnal|starry');
export const nightLight: readonly string[] = [
  'cool moonlight with deep soft shadows',
  'low-key light, a single warm glow against the dark',
];

/** For scenes that begin with a picture: its light and its framing stand. */
export const pictureLight: readonly string[] = ['the light of the first frame kept, shadows shifting softly'];
export const pictureCamera: readonly string[] = ['slow push-in, steady framing', 'subtle camera drift, steady framing'];
/** Between two given pictures. */
export const transitionMotion: readonly string[] = ['one smooth continuous movement from the first frame to the last'];

export const cameraMoves: readonly string[] = [
  'slow push-in, shallow depth of field',
  'smooth tracking shot at eye level',
  'slow pan across the scene, wide lens',
  'steady dolly shot, 35mm lens',
  'slow aerial shot gliding forward',
  'gentle handheld camera, 50mm lens',
  'low-angle shot with a slow tilt up',
  'slow orbit around the subject, shallow depth of field',
];

/** Words by which a prompt already says how it is filmed, lit, and what moves beside its subject. */
export const namesCamera = words(
  'camera|shot|close-?ups?|pan|panning|tilt|zoom\\w*|dolly|tracking|push-in|pull-?back|handheld|aerial|drone view|lens|orbit\\w*|crane|framing|pov|timelapse|time-lapse',
);
export const namesLight = words(
  'light|daylight|lit|lighting|sunlight|moonlight|backlight|starlight|firelight|golden hour|blue hour|sunset|sunrise|dusk|dawn|twilight|neon|chiaroscuro|overcast|glow\\w*|shadows?',
);
export const namesMotion = words(
  'moving|movements?|motion|slow-motion|drift\\w*|sway\\w*|ripp\\w*|flicker\\w*|swirl\\w*|flow(?:s|ing)|roll(?:s|ing)|rising|rises|falling|falls|blow(?:s|ing)|streak\\w*|turning|rotation|breathing|speeding|pour|gliding|swell|gestures|carrying|swaying|billow\\w*|flutter\\w*|splash\\w*|crash\\w*',
);
