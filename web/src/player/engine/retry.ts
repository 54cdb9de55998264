/** Waiting: backoff between attempts, and a bell that ends a wait early. */

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8_000;

/** How long to wait before attempt number `attempt` (from 1): 0.5 s, 1 s, … 8 s, each up to a quarter less. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return delay * (1 - random() / 4);
}

/** Something to wait for that others ring. A ring while nobody waits is kept for the next wait. */
export class Bell {
  #rung = false;
  #waiting: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  /** Ends with a ring or after a time. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#waiting = null;
    }
    this.#rung = false;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Waits for a promise, but no longer than until the signal is aborted: then rejects with its reason. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
