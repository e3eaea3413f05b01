/**
 * What a prompt asks of the camera. Each axis is a signed amount, 0 when not asked, 1 for a plainly asked move, less for "slowly",
 * more for "quickly". Signs name the camera, so the picture moves the other way: pan > 0 turns right, tilt > 0 looks up,
 * truck > 0 goes right, pedestal > 0 rises, dolly > 0 goes forward, zoom > 0 narrows the view, orbit > 0 circles to the right,
 * roll > 0 turns clockwise.
 */
export interface CameraMotion {
  readonly pan: number;
  readonly tilt: number;
  readonly truck: number;
  readonly pedestal: number;
  readonly dolly: number;
  readonly zoom: number;
  readonly orbit: number;
  readonly roll: number;
  /** 0 on rails, 1 when a hand-held camera is asked for. */
  readonly handheld: number;
  /** `moving`: at least one axis was asked for. `locked`: the prompt forbids movement. `free`: the prompt says nothing. */
  readonly intent: 'moving' | 'locked' | 'free';
}

export const cameraAxes = ['pan', 'tilt', 'truck', 'pedestal', 'dolly', 'zoom', 'orbit', 'roll'] as const;
export type CameraAxis = (typeof cameraAxes)[number];

/**
 * Reads camera language out of a prompt. `negativePrompt` takes moves away again. "The camera pans left", "slow left pan", "dolly-in"
 * and "pulls back" are understood; a frying pan, a red truck and a planet in orbit are not camera moves.
 */
export const readCameraMotion = (prompt: string, negativePrompt = ''): CameraMotion => {
  const text = normalise(prompt);
  const refused = normalise(negativePrompt);
  const amounts = new Map<CameraAxis, number>();
  for (const { axis, sign, pattern, refusal } of phrases) {
    if (amounts.has(axis) || refusal.test(refused)) continue;
    const found = [...text.matchAll(pattern)].find((match) => !isNegated(text, match.index));
    if (found !== undefined) amounts.set(axis, sign * readPace(text, found.index, found[0].length));
  }
  const amount = (axis: CameraAxis): number => amounts.get(axis) ?? 0;
  const isLocked = LOCKED.test(text);
  return {
    pan: amount('pan'),
    tilt: amount('tilt'),
    truck: amount('truck'),
    pedestal: amount('pedestal'),
    dolly: amount('dolly'),
    zoom: amount('zoom'),
    orbit: amount('orbit'),
    roll: amount('roll'),
    handheld: !isLocked && HANDHELD.test(text) && !HANDHELD.test(refused) ? 1 : 0,
    intent: amounts.size > 0 ? 'moving' : isLocked ? 'locked' : 'free',
  };
};

interface Phrase {
  readonly axis: CameraAxis;
  readonly sign: 1 | -1;
  readonly pattern: RegExp;
  /** Finds the move in a negative prompt, where the bare word is enough. */
  readonly refusal: RegExp;
}

/** Up to three words of the same clause. */
const GAP = '(?: [a-z]+){0,3}?';
/** Only words about how: after "pan" and "truck", which are things as well. */
const HOW = '(?: (?:[a-z]+ly|to|the|a|bit|little|slow|fast|shot|camera|towards?)){0,3}?';
const CAMERA = `(?:camera|view|viewpoint|shot|frame|drone)`;
const LEFT = '(?:left|leftwards?)';
const RIGHT = '(?:right|rightwards?)';
const UP = '(?:up|upwards?)';
const DOWN = '(?:down|downwards?)';
const IN = '(?:in|into|inwards?|closer|forwards?|towards?)';
const OUT = '(?:out|outwards?|back|backwards?|away)';

const move = (axis: CameraAxis, sign: 1 | -1, refusal: string, ...patterns: string[]): Phrase => ({
  axis,
  sign,
  pattern: new RegExp(`\\b(?:${patterns.join('|')})\\b`, 'g'),
  refusal: new RegExp(`\\b(?:${refusal})\\b`),
});

/** A verb with its direction after it ("pans slowly to the left") or before it ("left pan"). */
const both = (verb: string, direction: string, gap = GAP): string =>
  `${verb}${gap} ${direction}|${direction} (?:[a-z]+ )?${verb}`;

const PAN = '(?:pan|pans|panning|panned)';
const PANS = '(?:pans|panning|panned|camera pan)';
const TILT = '(?:tilt|tilts|tilting)';
const ZOOM = '(?:zoom|zooms|zooming|zoomed)';
const DOLLY = '(?:dolly|dollies|dollying)';
const TRACK = '(?:truck|trucks|trucking|tracks|tracking|sliding|slider)';
const ROLL = '(?:roll|rolls|rolling|rotates?|rotating|spins?|spinning)';
const ORBIT = '(?:orbit|orbits|orbiting|arcs?|arcing|circles?|circling|revolves?|revolving)';
const CRANE = '(?:crane|cranes|craning|boom|booms|jib|pedestal|pedestals)';
const GOES =
  '(?:moves?|moving|goes|going|slides?|sliding|glides?|gliding|drifts?|drifting|travels?|flies|flying|pushes|pulls|creeps?)';

const phrases: readonly Phrase[] = [
  move(
    'pan',
    -1,
    'pan|panning',
    both(PAN, LEFT, HOW),
    `${PANS}${GAP} ${LEFT}`,
    `${CAMERA} (?:turns|swings|sweeps)${GAP} ${LEFT}`,
  ),
  move(
    'pan',
    1,
    'pan|panning',
    both(PAN, RIGHT, HOW),
    `${PANS}${GAP} ${RIGHT}`,
    `${CAMERA} (?:turns|swings|sweeps)${GAP} ${RIGHT}`,
  ),
  move(
    'pan',
    1,
    'pan|panning',
    'panning (?:shot|across|over|around)',
    `${CAMERA} (?:pans|panning)`,
    'pan shot|pan across|pan over',
  ),
  move('tilt', 1, 'tilt|tilting', both(TILT, UP), `${CAMERA} looks${GAP} ${UP}`, `${PAN} ${UP}`),
  move('tilt', -1, 'tilt|tilting', both(TILT, DOWN), `${CAMERA} looks${GAP} ${DOWN}`, `${PAN} ${DOWN}`),
  move('zoom', -1, 'zoom|zooming', `${ZOOM}${GAP} ${OUT}`),
  move('zoom', 1, 'zoom|zooming', ZOOM),
  move(
    'dolly',
    -1,
    'dolly|dollying',
    `${DOLLY}${GAP} ${OUT}`,
    `(?:pull|pulls|pulling)(?: slowly)? (?:back|out|away)`,
    `${CAMERA} ${GOES}${GAP} ${OUT}`,
    `${CAMERA} (?:backs away|retreats)`,
  ),
  move(
    'truck',
    -1,
    'truck|trucking|tracking',
    both(TRACK, LEFT, HOW),
    `${DOLLY}${GAP} ${LEFT}`,
    `${CAMERA} ${GOES}${GAP} ${LEFT}`,
  ),
  move(
    'truck',
    1,
    'truck|trucking|tracking',
    both(TRACK, RIGHT, HOW),
    `${DOLLY}${GAP} ${RIGHT}`,
    `${CAMERA} ${GOES}${GAP} ${RIGHT}`,
  ),
  move(
    'dolly',
    1,
    'dolly|dollying',
    `${DOLLY}(?:${GAP} ${IN}| shot| zoom)`,
    '(?:push|pushes|pushing)(?: slowly)? in',
    `${CAMERA} ${GOES}${GAP} ${IN}`,
    `${CAMERA} (?:approaches|advances|closes in)`,
    `tracking (?:shot )?forwards?`,
    '(?:fly|flying|flight) (?:through|forwards?|over|into)',
    'flythrough|walkthrough',
  ),
  move(
    'pedestal',
    1,
    'crane|pedestal|boom',
    both(CRANE, UP),
    `${CAMERA} (?:rises|rising|ascends|ascending|lifts)`,
    `${CAMERA} ${GOES}${GAP} ${UP}`,
    '(?:crane|jib) shot',
  ),
  move(
    'pedestal',
    -1,
    'crane|pedestal|boom',
    both(CRANE, DOWN),
    `${CAMERA} (?:lowers|descends|descending|sinks|drops)`,
    `${CAMERA} ${GOES}${GAP} ${DOWN}`,
  ),
  move('orbit', -1, 'orbit|orbiting|arc', `${ORBIT} (?:shot )?${LEFT}`, `${CAMERA} ${ORBIT}${GAP} ${LEFT}`),
  move(
    'orbit',
    1,
    'orbit|orbiting|arc',
    `${ORBIT} (?:shot )?${RIGHT}`,
    `${CAMERA}${GAP} ${ORBIT}`,
    `${ORBIT} (?:shot|camera|view)`,
    `${CAMERA} (?:rotates|moves|spins|flies|goes) around`,
  ),
  move(
    'roll',
    -1,
    'roll|rolling',
    `${CAMERA} ${ROLL}${GAP} (?:counter ?clockwise|anti ?clockwise|${LEFT})`,
    `roll (?:counter ?clockwise|anti ?clockwise|${LEFT})`,
  ),
  move(
    'roll',
    1,
    'roll|rolling',
    `${CAMERA} ${ROLL}${GAP} (?:clockwise|${RIGHT})`,
    `roll (?:clockwise|${RIGHT})`,
    `camera (?:roll|rolls|rolling)`,
    'barrel roll',
  ),
];

const LOCKED =
  /\b(?:locked(?: off| down)?(?: camera| shot| frame)?|static (?:camera|shot|frame|view)|(?:camera|shot) (?:(?:is|stays|remains|holds|keeps) )?(?:perfectly |completely |absolutely )?(?:static|still|fixed|locked|stationary|motionless)|(?:fixed|still|stationary|motionless|unmoving) (?:camera|shot|frame)|tripod|no camera (?:movement|motion|move|moves)|without camera (?:movement|motion)|(?:camera )?does not move|static)\b/;
const HANDHELD = /\b(?:hand ?held|shaky)\b/;
const NEGATION = /\b(?:no|not|without|never|dont|avoid)(?: [a-z]+){0,2} ?$/;
const SLOW = /\b(?:slow|slowly|gentle|gently|subtle|subtly|slight|slightly|gradual|gradually|soft|softly)\b/;
const FAST = /\b(?:fast|quick|quickly|rapid|rapidly|whip|crash|dramatic|dramatically|sweeping|swift|swiftly)\b/;

const isNegated = (text: string, at: number): boolean => NEGATION.test(clauseBefore(text, at));

const readPace = (text: string, at: number, length: number): number => {
  const before = clauseBefore(text, at).split(' ').slice(-4).join(' ');
  const [after = ''] = text.slice(at + length).split(/[,.;]/);
  const nearby = `${before} ${text.slice(at, at + length)} ${after.split(' ').slice(0, 4).join(' ')}`;
  if (SLOW.test(nearby)) return 0.6;
  return FAST.test(nearby) ? 1.5 : 1;
};

const clauseBefore = (text: string, at: number): string => text.slice(0, at).split(/[,.;]/).at(-1) ?? '';

/** Lower case words and clause marks; "from right to left" becomes "to left". Terms with a leading minus are refusals, not wishes. */
const normalise = (prompt: string): string =>
  prompt
    .toLowerCase()
    .replace(/(^|[\s,;])-[a-z]+/g, '$1')
    .replace(/['’]/g, '')
    .replace(/[.!?:;\n]+/g, ' . ')
    .replace(/,+/g, ' , ')
    .replace(/[^a-z,.]+/g, ' ')
    .replace(/\bfrom (?:the )?(?:left|right|top|bottom|up|down)(?: side)? to (?:the )?/g, 'to ')
    .replace(/\b(tilt[a-z]*(?: [a-z]+){0,2}? to) top\b/g, '$1 up')
    .replace(/\b(tilt[a-z]*(?: [a-z]+){0,2}? to) bottom\b/g, '$1 down')
    .replace(/ +/g, ' ');
