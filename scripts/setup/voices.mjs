import { ensureDebianPackages, voicePackages } from './debian-packages.mjs';
import { SetupError } from './setup-error.mjs';

/** The programs that speak, installed where we may. The server runs without them, too: what has to be spoken is then refused. */
export async function ensureVoices(argv = []) {
  const isGiven = (name) => {
    const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
    return Boolean(process.env[name]) || argv.some((item) => item === flag || item.startsWith(`${flag}=`));
  };
  if (isGiven('TTS_BASE_URL') || (isGiven('FLITE_PATH') && isGiven('ESPEAK_NG_PATH'))) return;
  try {
    await ensureDebianPackages(voicePackages);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`Without these no speech can be made; everything else works.\n${error.message}`);
  }
}
