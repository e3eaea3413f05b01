/** What a workspace may import of ours, by name without the scope. Apps compose: any package but testkit. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core'],
  db: ['core'],
  queue: ['core'],
  storage: ['core'],
  health: [],
  'safe-fetch': ['core'],
  media: ['core'],
  embeddings: ['core'],
  surfaces: ['core'],
  safety: ['core'],
  webhooks: ['core', 'safe-fetch'],
  'gpu-runner': ['core', 'media'],
};

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly isFromApp: boolean;
  readonly isToApp: boolean;
  readonly isFromTest: boolean;
}

/** Null: the import points inward, as it must. Else what is wrong with it. */
export function judgeArrow({ from, to, isFromApp, isToApp, isFromTest }: Arrow): string | null {
  if (from === to) return null;
  if (isToApp) return `an app is nobody's library: ${from} must not import ${to}`;
  if (to === 'testkit') return isFromTest ? null : 'testkit is for tests only';
  if (isFromApp || from === 'testkit') return null;
  const allowed = arrows[from];
  if (allowed === undefined) return `${from} has no import rule: add it to import-arrows.ts`;
  if (allowed.includes(to)) return null;
  const may = allowed.length === 0 ? 'nothing of ours' : allowed.join(' and ');
  return `${from} may import ${may}, not ${to}`;
}
