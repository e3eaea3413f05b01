import type { Engine } from '@polyreel/core';

/** An engine that takes no job. */
export const refusing =
  (error: Error) =>
  (engine: Engine): Engine => ({ ...engine, submit: () => Promise.reject(error) });
