import { near, person, type WordRule, whose, words } from './rule.ts';

const someone = `(?:a |an |the |his |her |their |another )?(?:[a-z]+ ){0,2}${person}`;

const graphic = [
  ...[
    'behead(?:s|ed|ing|ings)?',
    'decapitat(?:e|es|ed|ing|ion|ions)',
    'disembowel(?:s|ed|ing|led|ling|ment)?',
    'eviscerat(?:e|es|ed|ing|ion)',
    'dismember(?:s|ed|ing|ment)?',
    'mutilat(?:e|es|ed|ing|ion)',
  ],
  ...[
    'entrails',
    '(?:intestines|guts|organs|brains?|eyeballs?) (?:[a-z]+ ){0,2}(?:spill(?:s|ing)?|splatter(?:s|ed|ing)?|hang(?:s|ing)?|blown|torn|ripped|fall(?:s|ing)?|everywhere|out)',
    'gor(?:e|y|iest)',
    'gore ?fest',
    'snuff (?:film|video|movie)s?',
  ],
  ...[
    'skinn(?:ed|ing|s) alive',
    'flay(?:s|ed|ing)',
    `slit(?:s|ting)? ${whose} (?:[a-z]+ )?throats?`,
    'throats? (?:is |are |being |gets )*(?:slit|cut open)',
    '(?:severed|cut off|chopped off) (?:human )?(?:heads?|limbs?|arms?|hands?|legs?|fingers?|feet|tongues?)',
    '(?:cut|saw|hack|chop|rip|tear)(?:s|ting|ting|ing|ping|ped|s)? (?:off )?(?:his|her|their|a|the) (?:[a-z]+ ){0,2}(?:heads?|limbs?|arms?|hands?|legs?|fingers?|tongues?|ears?|face|scalp)(?: off| apart)?',
  ],
  ...[
    'blood (?:[a-z]+ ){0,2}(?:gush(?:es|ing)?|spray(?:s|ing)?|spurt(?:s|ing)?|splatter(?:s|ing|ed)?|pour(?:s|ing)?|pump(?:s|ing)?)',
    '(?:gushing|spurting|spraying) blood',
    'blood ?bath',
    'bloody (?:corpses?|bodies|body|remains|stump|murder|massacre|entrails)',
    '(?:mangled|mutilated|rotting|bloodied|charred|burnt|decomposing) (?:human )?(?:corpses?|bodies|body|remains|face)',
  ],
  ...[
    '(?:stab(?:s|bed|bing)?|beat(?:s|en|ing)?|kick(?:s|ed|ing)?|burn(?:s|ed|t|ing)?|crush(?:es|ed|ing)?|club(?:s|bed|bing)?|whip(?:s|ped|ping)?|bludgeon(?:s|ed|ing)?|hack(?:s|ed|ing)?|choke[sd]?|choking|starv(?:es|ed|ing)|drown(?:s|ed|ing)?|ston(?:es|ed|ing)) (?:[a-z]+ ){0,4}(?:to death|to pieces)',
    '(?:burn(?:s|ed|t|ing)?|boil(?:s|ed|ing)?|eaten|cooked|buried|dissected) (?:[a-z]+ ){0,2}alive',
  ],
  ...[
    'stab(?:s|bed|bing)? (?:[a-z]+ ){0,4}(?:repeatedly|again and again|in the (?:eye|neck|face|heart|stomach))',
    'goug(?:e|es|ed|ing) (?:out )?(?:[a-z]+ ){0,2}eyes?',
    '(?:crush(?:es|ed|ing)?|explod(?:es|ed|ing)|smash(?:es|ed|ing)?) (?:his|her|their|a|the) (?:human )?(?:skulls?|heads?)',
    '(?:skulls?|heads?) (?:explod(?:es|ing)|crushed|crack(?:s|ed|ing) open)',
    'head ?shot with blood',
  ],
  ...[
    'rap(?:e|es|ed|ing|ist|ists)',
    'gang ?rap(?:e|ed|es)',
    'lynch(?:ed|ing|ings|es|mob)?',
    'massacr(?:e|ing|ed) (?:of |the )?(?:[a-z]+ ){0,2}(?:civilians|villagers|children|people|prisoners|families|students|crowd|worshippers)',
    '(?:mass|school) shoot(?:ing|ings|er|ers)',
    '(?:shoot(?:s|ing)?|gun(?:s|ned|ning) down|mow(?:s|ed|ing) down) (?:[a-z]+ ){0,3}(?:students|civilians|worshippers|children|pedestrians|shoppers|classmates|protesters|(?:into|at) (?:a |the )?crowd)',
  ],
  ...[
    '(?:shoot(?:s|ing)?|shot) (?:[a-z]+ ){0,3}(?:in|through) the (?:head|face|skull)',
    '(?:execut(?:es|ed|ing|ion of)) (?:a |the |an |two |three |kneeling |bound )*(?:[a-z]+ )?(?:prisoners?|hostages?|captives?|civilians?|man|woman|men|women|soldiers?)',
    'hostages? (?:is |are |being )*(?:executed|killed|murdered|shot)',
    'firing squad (?:shoots|kills|executes)',
  ],
  ...[
    `(?:impal(?:es|ed|ing)|disfigur(?:es|ed|ing)|scalp(?:s|ed|ing)) (?:a |the |his |her )?(?:[a-z]+ ){0,2}${person}`,
    `${person} (?:is |are |being )*(?:impaled|flayed|scalped|quartered|crucified alive|strangled|stoned to death|tortured|skinned|gutted|waterboarded|electrocuted)`,
    'waterboarding',
    'human flesh',
    'cannibal(?:s|ism)? (?:eat|eats|eating|feast|feasting|devour|devouring|feeding)',
  ],
  ...[
    '(?:torment|hurt|harm|abus|strangl|kill|torch|hang|drown|poison)(?:e|es|s|ed|ing) (?:a |the |some |stray |small )*(?:pupp(?:y|ies)|kittens?|cats?|dogs?|animals?|hamsters?)',
    'animal (?:cruelty|torture|abuse|crush)',
    'dog ?fight(?:s|ing)? (?:ring|pit|to)',
    'crush (?:video|fetish)',
  ],
  ...[
    '(?:child|domestic|elder|spousal) abuse',
    '(?:beats?|beating|punch(?:es|ing)?|slap(?:s|ping)?|strangl(?:es|ing)) (?:his|her) (?:wife|husband|girlfriend|boyfriend|child|son|daughter|mother)',
  ],
];

export const violenceRules: readonly WordRule[] = [
  { category: 'violence', severity: 'high', pattern: words(...graphic) },
  {
    category: 'violence',
    severity: 'high',
    pattern: new RegExp(`\\b${near('tortur(?:e|es|ed|ing)', `(?:${person}|screams?|chamber|victims?|tools|blood)`, 40)}\\b`),
  },
  {
    category: 'violence',
    severity: 'medium',
    pattern: words(
      'corpses?',
      'murder(?:s|ed|ing|er|ers|ous)?',
      'stab(?:s|bed|bing)',
      'massacres?',
      'slaughter(?:s|ed|ing)?',
      'tortur(?:e|es|ed|ing)',
      `kill(?:s|ed|ing)? ${someone}`,
      'strangl(?:e|es|ed|ing)',
      'pools? of blood',
      'blood ?soaked',
      'dead bod(?:y|ies)',
    ),
  },
  {
    category: 'violence',
    severity: 'low',
    pattern: words('blood(?:y|ied)?', 'fist ?fight', 'shoot ?out', 'gun ?fight', 'wounded', 'kill(?:s|ed|ing|ers?)?'),
  },
];

export const selfHarmRules: readonly WordRule[] = [
  {
    category: 'self_harm',
    severity: 'high',
    pattern: words(
      ...[
        '(?:kill(?:s|ed|ing)?|hang(?:s|ed|ing)?|hung|hurt(?:s|ing)?|harm(?:s|ed|ing)?|shoot(?:s|ing)?|shot|poison(?:s|ed|ing)?|burn(?:s|ed|ing)?|starv(?:e|es|ed|ing)|drown(?:s|ed|ing)?) (?:him|her|my|your|them|one)sel(?:f|ves)',
        'self ?(?:harm(?:s|ed|ing)?|injur(?:y|ies|ing)|mutilat(?:ion|ing)|immolat(?:ion|ing|es))',
      ],
      ...[
        `(?:cut(?:s|ting)?|slit(?:s|ting)?|slash(?:es|ed|ing)?|slic(?:e|es|ed|ing)) ${whose} (?:own )?(?:wrists?|arms?|thighs?|legs?|veins?|skin|forearms?)`,
        `noose (?:[a-z]+ ){0,2}(?:around|over) ${whose} (?:own )?neck`,
        '(?:tie[sd]?|tying|prepar(?:es|ing)) (?:a |the )?noose',
        'razor ?blades? (?:[a-z]+ ){0,4}(?:wrists?|arms?|skin)',
      ],
      ...[
        'tak(?:e|es|ing) (?:his|her|my|your|their) own li(?:fe|ves)',
        'end(?:s|ing)? (?:his|her|my|your|it all|their) (?:own )?(?:life|tonight)',
        '(?:jump(?:s|ed|ing)?|leap(?:s|ed|ing)?) (?:[a-z]+ ){0,6}to (?:his|her|their|my|your) (?:own )?death',
        'overdos(?:e|es|ed|ing) on',
        'swallow(?:s|ed|ing)? (?:a |the )?(?:whole )?(?:bottle|handful) of (?:[a-z]+ )?pills',
        'pro ?ana',
        'thinspo',
        'thinspiration',
      ],
      ...[
        '(?:how|ways?|methods?|guide|easiest|painless) (?:[a-z]+ ){0,3}(?:to |of )?(?:commit(?:ting)? )?suicide',
        'suicide (?:methods?|pact|challenge|tutorial|guide|instructions)',
        '(?:blue whale|choking|blackout) challenge',
      ],
    ),
  },
  {
    category: 'self_harm',
    severity: 'medium',
    pattern: words(
      'suicid(?:e|es|al)',
      'anorexi[ac]s? (?:goals?|tips|beauty|challenge|diet|girl proud)',
      'bulimi(?:a|c) (?:tips|challenge|goals)',
      'purg(?:e|es|ing) after (?:a meal|eating)',
      'starv(?:e|es|ing) to (?:be|get|become) (?:thin|skinny)',
    ),
  },
];
