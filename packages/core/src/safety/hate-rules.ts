import { anyOf, near, type WordRule, words } from './rule.ts';

const groups =
  '(?:jews?|jewish people|muslims?|christians?|hindus?|blacks?|black people|black men|whites?|asians?|asian people|arabs?|africans?|mexicans?|immigrants?|migrants?|refugees?|gays?|gay people|lesbians?|trans people|transgender people|gypsies|roma|women|disabled people|the disabled|foreigners|indians?|chinese people|latinos?|homosexuals|minorities)';
const vermin =
  '(?:rats?|vermin|cockroach(?:es)?|parasites?|apes?|monkeys?|animals|pigs|subhumans?|sub humans?|filth|scum|insects|lice|disease|plague|garbage|trash|savages|inferior|lesser race)';

export const hateRules: readonly WordRule[] = [
  {
    category: 'hate',
    severity: 'high',
    pattern: words(
      // Slurs.
      ...[
        'nigg(?:er|ers|as?)',
        'fagg?ots?',
        'kikes?',
        'spics?',
        'chinks?(?! of| in)',
        'gooks?',
        'wetbacks?',
        'towel ?heads?',
        'rag ?heads?',
        'sand ?nigg[a-z]+',
        'trann(?:y|ies)',
        'coons? (?:caricature|show)',
        'pakis',
        'retards?',
      ],
      ...[
        'white power',
        'white suprem(?:acy|acists?)',
        'white pride',
        'ethnic cleansing',
        'master race',
        'aryan (?:race|nation|brotherhood|supremacy)',
        'racial purity',
        'pure race',
        'race war',
        'race traitors?',
        'great replacement',
        'sieg heil',
        'heil hitler',
        'gas the',
        'final solution',
        '14 words',
        'fourteen words',
      ],
      ...[
        'holocaust (?:was |is )?(?:a )?(?:hoax|denial|lie|never happened|fake|myth)',
        '(?:mocking|celebrating|denying|praising) the holocaust',
        '(?:kkk|ku klux klan) (?:rally|ritual|propaganda|march|recruit[a-z]*|cross burning|heroes|parade)',
        'cross burning',
        'burning (?:a )?cross(?:es)? on',
      ],
      ...[
        `death to (?:all )?${groups}`,
        `(?:kill|exterminate|gas|burn|hang|lynch|deport|eradicate|eliminate|cleanse|wipe out|shoot|get rid of|purge)(?:s|ing)? (?:all |the |every |out )*${groups}`,
        `no (?:more )?${groups} allowed`,
        `${groups} (?:should|must|deserve to) (?:all )?(?:die|be killed|be exterminated|burn|hang|suffer|be deported|be enslaved|be beaten|know their place|disappear)`,
      ],
    ),
  },
  {
    category: 'hate',
    severity: 'medium',
    pattern: words(
      ...[
        `${groups} (?:are|as|like|portrayed as|shown as|depicted as|drawn as|compared to|called|turned into|turning into|is|being called) (?:a |an |the |dirty |filthy |disgusting |stupid |all )*${vermin}`,
        `${vermin} (?:like|called) ${groups}`,
        '(?:racist|antisemitic|anti semitic|homophobic|transphobic|islamophobic|xenophobic|misogynist(?:ic)?|sexist|bigoted) (?:[a-z]+ ){0,1}(?:cartoons?|caricatures?|jokes?|propaganda|memes?|rants?|chants?|stereotypes?|posters?|speech(?:es)?|songs?|skits?|sketch(?:es)?|video|film|comedy|slurs?|insults?|graffiti)',
        'black ?face',
        'hate speech',
        'hate (?:march|rally|crime video)',
        'minstrel show',
      ],
      ...[
        '(?:greedy|hook nosed|big nosed) jews?',
        `(?:lazy|criminal|dirty|thieving|filthy|stupid|inferior|subhuman) (?:[a-z]+ )?${groups}`,
        `${groups} (?:ruin(?:s|ing)?|invad(?:e|es|ing)|destroy(?:s|ing)?|infest(?:s|ing)?|pollut(?:e|es|ing)) (?:our|the|my) (?:country|nation|race|neighbou?rhood|culture|blood|land)`,
        'ku klux klan',
        'kkk',
        'swastikas?',
        'nazi (?:salutes?|propaganda|heroes|pride|rally|parade|glory|anthem|march)',
        'neo ?nazis?',
        'third reich (?:glory|nostalgia|propaganda)',
        'hitler (?:was right|as (?:a )?hero|is my hero|fan|tribute|youth propaganda)',
      ],
    ),
  },
  { category: 'hate', severity: 'low', pattern: words('nazis?', 'hitler', 'third reich', 'racis[mt]s?', 'slaver?y?') },
];

const terror =
  '(?:isis|isil|islamic state|al ?qaeda|taliban|boko haram|hamas|hezbollah|jihad(?:i|ist|ists|is)?|terrorists?|terrorism|militia|extremists?|insurgents?|mass shooters?|eco ?terrorists?|neo ?nazis?)';
const praise =
  '(?:propaganda|recruit(?:s|ing|ment|er|ers)?|glor(?:y|ious|ify|ifies|ifying|ified)|celebrat(?:e|es|ing|ion)|prais(?:e|es|ing)|hero(?:es|ic)?|tribute|anthem|join(?:s|ing)?|martyr(?:s|dom)?|pledg(?:e|es|ing) allegiance|fundrais(?:er|ing)|training (?:video|manual)|manifesto|call to arms|beautiful)';

export const extremismRules: readonly WordRule[] = [
  {
    category: 'extremism',
    severity: 'high',
    pattern: words(
      ...[
        'suicide (?:bomb(?:er|ers|ing|ings|s)?|vests?|attack(?:s|er|ers)?)',
        'martyrdom (?:video|operation|tape)s?',
        '(?:car|truck|nail|dirty) bomb(?:s|ing|ings)? (?:[a-z]+ ){0,5}(?:market|crowd|street|church|mosque|synagogue|embassy|school|square|stadium|police|station)',
        '(?:bomb(?:s|ing)?|blow(?:s|ing)? up|attack(?:s|ing)?|driv(?:es|ing) (?:a truck |a van |a car )?into) (?:a |the )?(?:crowded )?(?:church|mosque|synagogue|school|crowd|concert|parade|subway|embassy|parliament|capitol|christmas market|airport|train station|hospital)',
        '(?:terrorist|terror) (?:attacks?|bombings?|plots?|cells?|manual|training|recruit[a-z]*|propaganda|anthem|video)',
      ],
      ...[
        '(?:bin laden|breivik|mcveigh|columbine|christchurch|unabomber|hitler|mass shooters?|mass murderers?) (?:[a-z]+ ){0,3}(?:hero(?:es|ic)?|tribute|fan ?(?:edit|cam|video)|glorified|was right|saint|legend|worship|shrine|martyr)',
        '(?:hail|saint|tribute to|in praise of|prais(?:e|es|ing)|honou?r(?:ing)?|glorif(?:y|ies|ying)|celebrat(?:e|es|ing)|worship(?:s|ping)?|idoli[sz](?:e|es|ing)) (?:the |a )?(?:[a-z]+ ){0,2}(?:bin laden|breivik|mcveigh|columbine|unabomber|hitler|mass (?:shooters?|murderers?)|school shooters?|9 ?11 hijackers|hijackers|stalin purges|genocide|bombers?)',
      ],
    ),
  },
  { category: 'extremism', severity: 'medium', pattern: new RegExp(`\\b${anyOf(near(terror, praise, 40))}\\b`) },
  {
    category: 'extremism',
    severity: 'medium',
    pattern: words(
      'holy war against',
      'armed uprising against the (?:government|state)',
      '(?:isis|isil|islamic state|al ?qaeda) (?:flags?|fighters?|soldiers?|videos?|convoy|training camp)',
      'overthrow the government by force',
      'accelerationis[mt]',
      'boogaloo (?:boys|uprising)',
    ),
  },
  { category: 'extremism', severity: 'low', pattern: words('terrorists?', 'terrorism', 'jihad(?:ist|ists|i)?', 'bombings?') },
];
