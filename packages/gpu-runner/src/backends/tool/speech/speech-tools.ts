import { runProcess } from '@polyreel/media';

/** An OpenAI-style endpoint that speaks; it takes the place of the programs. */
export interface SpeechEndpoint {
  /** Up to and with `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string | null;
  /** The endpoint's own voices for the women and the men of the catalog. */
  readonly voices: Readonly<Record<'female' | 'male', string>>;
}

export interface SpeechTools {
  readonly flitePath: string;
  readonly espeakPath: string;
  readonly endpoint: SpeechEndpoint | null;
}

const CHECK_TIMEOUT_MS = 15_000;

/** Null where nothing here can speak: no endpoint is set, and not both programs run. */
export async function findSpeech(tools: SpeechTools): Promise<SpeechTools | null> {
  if (tools.endpoint) return tools;
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const check = (command: string, args: readonly string[]) => runProcess({ command, args, signal, timeoutMs: CHECK_TIMEOUT_MS });
  try {
    await check(tools.flitePath, ['-lv']);
    await check(tools.espeakPath, ['--version']);
    return tools;
  } catch {
    return null;
  }
}
