import type { Config } from '@polyreel/config';

export interface BannerFacts {
  readonly config: Config;
  /** `DATA_DIR/api-key` when this start made the first account. */
  readonly firstKey: { readonly file: string; readonly text: string } | null;
  /** The file of the first key, where an earlier start left it. */
  readonly keyFile: string | null;
  readonly database: { readonly folder: string; readonly wasRunning: boolean; readonly madeUser: string | null } | null;
  /** True: a terminal, which alone may see the key. */
  readonly isTerminal: boolean;
  /** Path that takes a picture and a voice, if a surface that is served owns it. */
  readonly talkingPath: string | null;
}

/** What a start prints when everything is up. */
export function renderBanner(facts: BannerFacts): string {
  const { config, talkingPath } = facts;
  const lines = [
    '',
    `Polyreel is up:  ${config.publicUrl}`,
    `  API key        ${describeKey(facts)}`,
    `  surfaces       ${config.surfaces.join(', ')}`,
    `  runner         ${describeRunner(config)}`,
    `  database       ${describeDatabase(facts)}`,
    `  queue          ${config.redisUrl === null ? 'in the database' : 'Redis'}`,
    `  objects        ${config.objects.adapter === 'fs' ? config.objects.folder : `bucket ${config.objects.bucket}`}`,
    `  stop           Ctrl-C`,
  ];
  if (facts.database?.madeUser)
    lines.push('', `The system user "${facts.database.madeUser}" was made: PostgreSQL refuses to run as root.`);
  if (facts.database?.wasRunning) lines.push('', 'The database of an earlier start that was killed was taken over.');
  if (talkingPath !== null) lines.push('', 'A first film, from a portrait and a voice:', '', ...firstCurl(facts, talkingPath));
  return `${lines.join('\n')}\n`;
}

function describeKey({ firstKey, keyFile, isTerminal }: BannerFacts): string {
  if (firstKey !== null) return isTerminal ? `${firstKey.text}  (also in ${firstKey.file})` : `in ${firstKey.file}`;
  return keyFile === null ? 'make one: npm run polyreel -- key create --account owner' : `in ${keyFile}`;
}

function describeRunner({ generation }: Config): string {
  if (generation.runner === 'comfyui') return `comfyui at ${generation.urls.join(', ')}`;
  return 'cpu: a reference renderer for development and tests. It draws what was asked in size, length and motion; it is no diffusion model';
}

function describeDatabase({ database }: BannerFacts): string {
  return database === null ? 'as DATABASE_URL says' : `PostgreSQL in ${database.folder}`;
}

function firstCurl({ config, firstKey, keyFile }: BannerFacts, talkingPath: string): string[] {
  const file = firstKey?.file ?? keyFile;
  const key = file === null ? '$YOUR_API_KEY' : `$(cat ${file})`;
  return [
    `  curl -X POST ${config.publicUrl}${talkingPath} \\`,
    `    -H "X-API-Key: ${key}" \\`,
    '    -F "image=@portrait.jpg" \\',
    '    -F "audio=@voiceover.mp3"',
  ];
}
