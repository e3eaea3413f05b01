import { type ConfigFault, maskValue } from './config-error.ts';
import type { RawValue } from './read-raw.ts';

/** Rules between settings. They look at what was written, so that they speak up beside a malformed value elsewhere. */
export function findRuleFaults(values: ReadonlyMap<string, RawValue>, knownSurfaces: readonly string[]): ConfigFault[] {
  const has = (name: string) => values.has(name);
  const faults: ConfigFault[] = [];
  const missing = (name: string, rule: string) => faults.push({ name, value: undefined, rule });
  const needs = (name: string, because: string) => {
    if (has(because) && !has(name)) missing(name, `must be given with ${because}`);
  };
  needs('SECRET_KEY', 'DATABASE_URL');
  needs('PUBLIC_URL', 'DATABASE_URL');
  if (values.get('PORT')?.text === '0' && !has('PUBLIC_URL')) missing('PUBLIC_URL', 'must be given when PORT is 0');
  for (const name of ['S3_ENDPOINT', 'S3_PUBLIC_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']) {
    if (has(name) && !has('S3_BUCKET')) {
      missing('S3_BUCKET', `must be given with ${name}`);
      break;
    }
  }
  needs('S3_SECRET_ACCESS_KEY', 'S3_ACCESS_KEY_ID');
  needs('S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY');
  if (values.get('RUNNER')?.text === 'comfyui' && !has('COMFYUI_URLS'))
    missing('COMFYUI_URLS', 'must be given when RUNNER is comfyui');
  for (const service of ['LLM', 'TTS', 'EMBEDDINGS', 'MODERATION']) {
    if (service !== 'MODERATION') needs(`${service}_MODEL`, `${service}_BASE_URL`);
    if (has(`${service}_MODEL`) || has(`${service}_API_KEY`)) {
      const because = has(`${service}_MODEL`) ? `${service}_MODEL` : `${service}_API_KEY`;
      needs(`${service}_BASE_URL`, because);
    }
  }
  for (const name of ['GUARD_MODEL', 'GUARD_API_KEY', 'GUARD_FORMAT']) if (has(name)) needs('GUARD_BASE_URL', name);
  needs('GUARD_MODEL', 'GUARD_BASE_URL');
  if (values.get('MAIL_MODE')?.text === 'smtp' && !has('SMTP_URL')) missing('SMTP_URL', 'must be given when MAIL_MODE is smtp');
  needs('C2PA_KEY_FILE', 'C2PA_CERT_FILE');
  needs('C2PA_CERT_FILE', 'C2PA_KEY_FILE');
  const surfaces = values.get('SURFACES');
  const unknown = (surfaces?.text.split(',') ?? [])
    .map((name) => name.trim())
    .filter((name) => name !== '' && !knownSurfaces.includes(name));
  if (surfaces !== undefined && unknown.length > 0) {
    faults.push({
      name: surfaces.origin,
      value: maskValue(surfaces.text, false),
      rule: `names ${unknown.join(', ')}; this server has ${knownSurfaces.join(', ')}`,
    });
  }
  return faults;
}
