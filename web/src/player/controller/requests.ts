/** Requests to other services that make a queue: they are done when a frame says so. */

import type { PlaybackFrame } from './port';

export class Requests {
  #waiting = 0;
  #newest: string | null = null;
  readonly #arrivals = new Set<(id: string) => void>();

  constructor(
    /** How long a frame may take before the request counts as lost, ms. */
    readonly patienceMs: number,
  ) {}

  /** Whether a queue is on its way: frames until then are older than what is heard here. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Takes a frame. */
  saw({ requestId }: PlaybackFrame): void {
    this.#newest = requestId;
    if (requestId !== null) for (const arrived of this.#arrivals) arrived(requestId);
  }

  /** Asks, and waits for the frame of what was asked for; false: it was refused, or none came in time. */
  async run(ask: () => Promise<string | null>): Promise<boolean> {
    this.#waiting += 1;
    try {
      const id = await ask();
      return id !== null && (await this.#arrival(id));
    } finally {
      this.#waiting -= 1;
    }
  }

  #arrival(id: string): Promise<boolean> {
    if (this.#newest === id) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isThere: boolean) => {
        clearTimeout(timer);
        this.#arrivals.delete(arrived);
        resolve(isThere);
      };
      const arrived = (seen: string) => {
        if (seen === id) end(true);
      };
      const timer = setTimeout(() => end(false), this.patienceMs);
      this.#arrivals.add(arrived);
    });
  }
}
