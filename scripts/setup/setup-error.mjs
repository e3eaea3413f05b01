/** Something the person at the keyboard must do; shown without a stack. */
export class SetupError extends Error {
  name = 'SetupError';
}
