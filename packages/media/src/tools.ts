/** Where the media programs are; made by the composition root, the only place that knows the settings. */
export interface MediaTools {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
}

const MEBIBYTE = 1024 * 1024;

/** Probing and normalising foreign input (architecture, safety rule 7). */
export const FOREIGN_INPUT_MEMORY_BYTES = 1024 * MEBIBYTE;
/** Our own renders. */
export const RENDER_MEMORY_BYTES = 4096 * MEBIBYTE;
