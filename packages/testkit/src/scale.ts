/** How many of `full` cases to run: TEST_SCALE (0.05 unless set) of them, never fewer than 5. At TEST_SCALE=1: all. */
export function scaled(full: number, scale: number = Number(process.env.TEST_SCALE ?? '0.05')): number {
  return Math.min(full, Math.max(5, Math.round(full * scale)));
}
