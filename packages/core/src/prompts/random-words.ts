/** Things that go together: whoever is there can do what is done there, in that place and that light. */
export interface RandomFamily {
  readonly subjects: readonly string[];
  readonly actions: readonly string[];
  readonly places: readonly string[];
  readonly lights: readonly string[];
}

const list = (text: string): readonly string[] => text.split('|').map((item) => item.trim());

export const randomFamilies: readonly RandomFamily[] = [
  {
    subjects: list('an old lighthouse|a red fishing boat|a wooden sailing ship|a lone surfer|a flock of gulls|a rusted pier'),
    actions: list(
      'holding against the wind|rocking in the swell|wrapped in spray|slowly vanishing in the haze|passing below the cliffs',
    ),
    places: list(
      'in a winter storm, waves breaking|on a calm morning sea|off a rocky coast|beyond a pebble beach|in a narrow fjord',
    ),
    lights: list('golden hour light|cold grey overcast light|a break of sun through dark clouds|pale dawn light|deep blue dusk'),
  },
  {
    subjects: list('a red fox|a grey wolf|a stag with wide antlers|a barn owl|two hares|a brown bear'),
    actions: list(
      'listening to the wind|moving through tall grass|looking into the camera|crossing a shallow stream|shaking off the dew',
    ),
    places: list(
      'in a misty birch forest|on a frosted meadow|at the edge of a pine wood|beside a mountain lake|under autumn oaks',
    ),
    lights: list('dappled morning sunlight|soft backlight through fog|low evening sun|cool moonlight|warm autumn light'),
  },
  {
    subjects: list('a young violinist|an elderly watchmaker|a ceramic artist|a street barista|a ballet dancer|a glass blower'),
    actions: list(
      'absorbed in slow careful movements|pausing to smile|working with steady hands|turning toward the window|beginning the day',
    ),
    places: list(
      'in a sunlit workshop|in a small loft studio|behind a crowded counter|in an empty old theatre|in a brick courtyard',
    ),
    lights: list(
      'soft window light from the side|warm lamp light|dusty rays of afternoon sun|gentle rim light|cool northern light',
    ),
  },
  {
    subjects: list(
      'a yellow tram|a cyclist in a red coat|a woman with a clear umbrella|a night bus|a courier on a scooter|a ramen cook',
    ),
    actions: list(
      'passing slowly|waiting at the crossing|turning into a side street|emerging from the steam|moving against the crowd',
    ),
    places: list(
      'in a rain-slick neon street|on a steep old town hill|under an elevated railway|at a busy night market|on a foggy bridge',
    ),
    lights: list('neon reflections on wet asphalt|warm shop light|blue hour light|headlights in the mist|soft street lamps'),
  },
  {
    subjects: list(
      'an astronaut|a small survey rover|a drifting space station|a glass greenhouse dome|a landing capsule|a solar sail',
    ),
    actions: list('turning slowly|leaving a trail of fine dust|unfolding its panels|casting a long shadow|drifting into view'),
    places: list(
      'above a ringed planet|on a red desert plain|in front of a violet nebula|at the rim of a crater|over a frozen moon',
    ),
    lights: list(
      'hard rim light from a distant sun|faint starlight|the glow of a rising planet|orange dust light|cold blue light',
    ),
  },
  {
    subjects: list('a hot air balloon|a lone hiker|a steam train|a herd of wild horses|a winding caravan|a pair of eagles'),
    actions: list(
      'moving into the distance|crossing the frame|appearing over the ridge|followed by its shadow|heading for the horizon',
    ),
    places: list(
      'over terraced green hills|through a sandstone canyon|along snow-covered peaks|across golden dunes|above a sea of clouds',
    ),
    lights: list('first light of dawn|raking sunset light|storm light with a rainbow|clear noon light|soft hazy light'),
  },
  {
    subjects: list('a manta ray|a sea turtle|a school of silver fish|a jellyfish|a humpback whale|a free diver'),
    actions: list('gliding past|rising toward the surface|circling slowly|drifting with the current|disappearing into the blue'),
    places: list('over a coral reef|beside a sunken ship|in a kelp forest|along a deep blue wall|in a cave of clear water'),
    lights: list('rays of sunlight from above|soft turquoise light|dancing caustics|dim twilight blue|a glow of plankton'),
  },
  {
    subjects: list(
      'a cup of coffee|a loaf of rye bread|a bowl of noodle soup|a slice of honey cake|a copper kettle|a basket of figs',
    ),
    actions: list('with steam curling up|as a hand reaches in|while honey slowly drips|as flour drifts down|turning gently'),
    places: list('on a worn oak table|by a rainy window|on a marble counter|in a rustic kitchen|beside a crackling stove'),
    lights: list('soft morning window light|warm candle light|low side light|golden afternoon light|moody dark light'),
  },
  {
    subjects: list(
      'a paper dragon|a clockwork bird|a tiny robot gardener|a stone golem|a floating island|a library of glowing books',
    ),
    actions: list('slowly coming to life|unfolding piece by piece|tending a single flower|humming softly|rising into the air'),
    places: list(
      'in an overgrown greenhouse|inside a giant tree|in a ruined cathedral|above a valley of mist|in a lantern-lit attic',
    ),
    lights: list('shafts of dusty sunlight|warm lantern light|bioluminescent glow|pale moonlight|soft pastel light'),
  },
  {
    subjects: list(
      'a vintage racing car|a black motorcycle|a silver night train|a desert rally truck|a seaplane|a wooden rowing boat',
    ),
    actions: list('speeding past|coming to a slow halt|pulling away|throwing up spray and dust|sweeping through a curve'),
    places: list('on a coastal road|on an empty salt flat|through a pine valley|along a mirror-still lake|on a mountain pass'),
    lights: list('late sun on polished metal|crisp morning light|heavy storm light|rosy dusk light|dazzling backlight'),
  },
];

export const randomCameras: readonly string[] = list(
  'slow aerial shot|slow push-in|smooth tracking shot|wide static shot|low-angle shot|slow orbit around the subject|gentle handheld shot|slow pan from left to right|dolly shot, 35mm lens|close-up, shallow depth of field|slow tilt up|long lens shot, compressed background',
);

/** What spoils most films. */
export const randomNegatives: readonly string[] = list('-blurry|-blurry, -low quality|-shaky|-text, -watermark|-distorted');
