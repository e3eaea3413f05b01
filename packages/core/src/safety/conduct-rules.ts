import { near, type WordRule, words } from './rule.ts';

const acquaintance =
  '(?:ex|ex girlfriend|ex boyfriend|ex wife|ex husband|classmates?|co ?workers?|boss|neighbou?rs?|teachers?|girlfriend|boyfriend|roommate|real person|celebrit(?:y|ies)|actress|actor|politicians?|president|prime minister|senator|mayor|journalists?|streamers?|singer|pop star|influencers?)';

export const harassmentRules: readonly WordRule[] = [
  {
    category: 'harassment',
    severity: 'high',
    pattern: words(
      ...[
        'revenge porn',
        'sextort(?:ion|ing)',
        'blackmail(?:s|ing)? (?:[a-z]+ ){0,4}(?:with|using|for|video)',
        'dox+(?:ed|ing|es)?',
        `(?:threat(?:en|ens|ening|s)?) (?:to |of )?(?:kill|hurt|rape|beat|stab|shoot|harm)(?:s|ing)? (?:my|the|her|him|a|your) ?(?:[a-z]+ )?`,
        `(?:i will|im going to|i am going to|gonna) (?:kill|hurt|find|beat|stab|shoot|destroy) (?:you|her|him|them|my ${acquaintance})`,
      ],
      ...[
        'kill yourself',
        'kys',
        'go die',
        'death threats?',
        'bomb threats?',
        `stalk(?:s|ing)? (?:my|an?|the|his|her) ${acquaintance}`,
        'spy(?:ing)? on (?:my|a|the|his|her) (?:[a-z]+ )?(?:neighbou?r|ex|classmate|roommate|coworker|girlfriend|sister)',
        'hidden camera (?:[a-z]+ ){0,4}(?:bathroom|changing room|locker room|shower|bedroom|toilet|fitting room)',
        'swatting',
      ],
    ),
  },
  {
    category: 'harassment',
    severity: 'medium',
    pattern: words(
      ...[
        'deep ?fakes?',
        'non ?consensual',
        'without (?:her|his|their) consent',
        `(?:humiliat|mock|bull|ridicul|sham|degrad|insult|demean|taunt|harass|defam|smear)(?:e|es|ed|ing|y|ies|ied|ying|s) (?:and [a-z]+ )?(?:my|our|the|a|this|that|his|her|real|local|famous)+ (?:[a-z]+ ){0,2}(?:${acquaintance}|girl|boy|kid|woman|man|student|family)`,
        `(?:humiliating|embarrassing|degrading|fake|faked|fabricated|forged|staged) (?:[a-z]+ ){0,1}(?:videos?|clips?|footage|film|confession|interview|evidence|recording) (?:[a-z]+ ){0,3}(?:of|with|showing|about|where|against|to frame) (?:my|our|the|a|this|his|her|an|real|famous)? ?(?:[a-z]+ ){0,2}(?:${acquaintance}|girl|woman|man|student)`,
      ],
      ...[
        'cyber ?bull(?:y|ies|ied|ying)',
        '(?:bully(?:ing)?|hazing|humiliation|shaming|harassment) (?:video|clip|campaign|compilation|prank on)',
        'fat shaming',
        'slut shaming',
        '(?:ugly|fat|stupid|worthless|disgusting) (?:cow|pig|whore|slut|bitch|loser)',
        'sluts?',
        'whores?',
        'cunts?',
        `make (?:my |the |this |a )*(?:[a-z]+ )?${acquaintance} (?:look|appear|seem|say|confess|cry|beg)`,
        `frame (?:my|the|an?|his|her|our) (?:[a-z]+ )?${acquaintance}`,
      ],
      ...[
        '(?:everyone|class|classmates|kids|students|crowd|gang) (?:[a-z]+ ){0,3}(?:laugh(?:s|ing)? at|mock(?:s|ing)?|bull(?:y|ies|ying)|spit(?:s|ting)? on|taunt(?:s|ing)?) (?:a |the |an )?(?:disabled|fat|overweight|crying|autistic|poor|homeless|lonely)',
      ],
    ),
  },
];

const howTo =
  '(?:how (?:to|do i|you|one can)|tutorial|tutorials|step by step|instructions?|instructional|guide|recipe|diy|lesson|lessons|manual|teach(?:es|ing)?|demonstrat(?:e|es|ing|ion)|explain(?:s|ing)?|learn(?:s|ing)? to|blueprint|blueprints|at home|homemade|home made|trick for)';
const weapon =
  '(?:(?:pipe |nail |home ?made |fertili[sz]er |letter |petrol |gasoline |pressure cooker )?bombs?|explosives?|detonators?|ied|molotov(?: cocktails?)?|ghost guns?|silencers?|suppressors?|ricin|sarin|nerve gas|nerve agents?|anthrax|poison gas|mustard gas|chemical weapons?|bio ?weapons?|napalm|thermite|untraceable (?:gun|firearm|weapon)s?|firearms?|machine guns?|automatic (?:rifle|weapon)s?|zip guns?|land ?mines?|grenades?)';
const drug =
  '(?:meth|crystal meth|methamphetamine|cocaine|crack cocaine|heroin|fentanyl|lsd|mdma|ecstasy pills|ketamine|ghb|opium|amphetamines?|hard drugs|drugs|narcotics|spice|magic mushrooms)';
const crime =
  '(?:pick(?:s|ing)? (?:a |the )?(?:door )?locks?|hot ?wir(?:e|es|ing)|hack(?:s|ing)? (?:into )?(?:a |an |the |someone)|shoplift(?:ing)?|counterfeit(?:s|ing)?|forg(?:e|es|ing) (?:a |an )?(?:passports?|documents?|ids?|cheques?|checks?|signatures?|prescriptions?)|launder(?:ing)? money|money laundering|clon(?:e|es|ing) (?:a )?(?:credit|bank) cards?|skimm(?:er|ers|ing)|phish(?:ing)?|scam(?:s|ming)?|identity theft|steal(?:s|ing)? (?:a |an |the )?(?:cars?|bikes?|identit(?:y|ies)|packages?|credit cards?|catalytic converters?|passwords?)|smuggl(?:e|es|ing)|evad(?:e|es|ing) (?:the )?(?:police|taxes|customs)|break(?:s|ing)? into (?:a |an |the )?(?:house|home|car|safe|atm|shop|apartment)|burglar(?:y|ize)|rob(?:s|bing)? (?:a |the )?(?:bank|store|house|shop)|ransomware|malware|credit card fraud|tax fraud|insurance fraud|poach(?:es|ing)?|traffick(?:s|ing)?|kidnap(?:s|ping)?|dispos(?:e|es|ing) of (?:a |the )?(?:body|corpse|evidence)|drug(?:s|ging)? (?:a |her|someone|his|the)|spik(?:e|es|ing) (?:a |her |his |the )?drinks?)';

export const illicitRules: readonly WordRule[] = [
  { category: 'illicit', severity: 'high', pattern: new RegExp(`\\b${near(howTo, weapon, 50)}\\b`) },
  { category: 'illicit', severity: 'high', pattern: new RegExp(`\\b${near(howTo, drug, 50)}\\b`) },
  { category: 'illicit', severity: 'medium', pattern: new RegExp(`\\b${near(howTo, crime, 50)}\\b`) },
  {
    category: 'illicit',
    severity: 'high',
    pattern: words(
      ...[
        `(?:mak(?:e|es|ing)|build(?:s|ing)?|assembl(?:e|es|ing)|construct(?:s|ing)?|mix(?:es|ing)?|cook(?:s|ing)?|synthesi[sz](?:e|es|ing)|wir(?:e|es|ing)|3d print(?:s|ed|ing)?|brew(?:s|ing)?|extract(?:s|ing)?) (?:up )?(?:a |an |some |the |his |her |more )?(?:[a-z]+ )?(?:${drug}|(?:pipe|nail|fertili[sz]er|letter|petrol|pressure cooker|homemade|home made) bombs?|ricin|sarin|nerve gas|nerve agents?|anthrax|mustard gas|chemical weapons?|bio ?weapons?|ghost guns?|silencers?|napalm|molotov cocktails?|explosives?)`,
        '3d printed (?:guns?|pistols?|firearms?|rifles?|weapons?)',
        '(?:meth|drug|heroin|cocaine|fentanyl) labs?',
      ],
      ...[
        'human (?:trafficking|organ) (?:ring|auction|advert[a-z]*|sale|recruit[a-z]*)',
        '(?:sell(?:s|ing)?|buy(?:s|ing)?|auction(?:s|ing)?) (?:human organs|slaves|people|women|stolen goods|stolen identities|stolen credit cards|fake passports|illegal weapons|fake ids)',
        'organ harvesting',
        'hitman for hire',
        'hir(?:e|es|ing) a hit ?man',
        'dark ?web (?:market|shop|drug|weapon)[a-z]*',
        'date rape drugs?',
      ],
    ),
  },
  {
    category: 'illicit',
    severity: 'medium',
    pattern: words(
      ...[
        `(?:snort(?:s|ing)?|inject(?:s|ing)?|smok(?:e|es|ing)|shoot(?:s|ing)? up|swallow(?:s|ing)?|tak(?:e|es|ing)|us(?:e|es|ing)|sell(?:s|ing)?|deal(?:s|ing)?|buy(?:s|ing)?|smuggl(?:e|es|ing)|pack(?:s|ing|aging)?|push(?:es|ing)?|promot(?:e|es|ing)|glamori[sz](?:e|es|ing)|offer(?:s|ing)?|cut(?:s|ting)?) (?:[a-z]+ ){0,3}${drug}`,
        `lines? of (?:cocaine|coke|speed|ketamine)`,
        'crack pipes?',
        'shooting up (?:in|with)',
        '(?:heroin|meth|crack|drug) (?:needle|party|binge|use|users? injecting|deal|deals|dealers?|advert[a-z]*|sale)',
      ],
      ...[
        'counterfeit(?:ing)? (?:money|bills|passports?|notes|currency|medicine|cash)',
        'fake (?:passports?|ids?|vaccine cards?|prescriptions?|money) (?:for sale|shop|factory|printing)',
        'credit card (?:skimm[a-z]+|fraud|theft)',
        'ponzi scheme advert[a-z]*',
        '(?:scam|phishing|fraud) (?:advert[a-z]*|video|email|page|ad|ads|pitch|campaign|call)',
        'guaranteed (?:crypto )?(?:returns|profits) scam',
        'pump and dump',
        'ivory (?:poach[a-z]+|smuggl[a-z]+|for sale)',
        'drunk driving (?:challenge|is fun|for fun)',
        '(?:shoplifting|vandalism|car theft|arson) (?:challenge|for fun|spree tips|is fun)',
        '(?:bypass|disable|evade) (?:[a-z]+ ){0,3}(?:alarm|security system|ankle monitor|breathalyzer|airport security|metal detector)',
      ],
    ),
  },
];
