/** Wakes one waiting loop. A ring before the wait is not lost. */
export interface Bell {
  ring(): void;
  /** Until it is rung, or for so long; at once when `over` is aborted. */
  wait(timeoutMs: number): Promise<void>;
}

export function createBell(over: AbortSignal): Bell {
  let isRung = false;
  let release: () => void = () => undefined;
  const ring = (): void => {
    isRung = true;
    release();
  };
  over.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async wait(timeoutMs) {
      if (!isRung && !over.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.max(0, timeoutMs));
          release = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      isRung = false;
    },
  };
}
