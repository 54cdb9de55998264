/** Knows the server's time: probes it quickly at first and in a party, seldom otherwise. */

import { ServerClock } from '../../party/serverClock';
import type { GraphQLPort } from './port';

/** Without a party the position on a bar is all that depends on it. */
const SOLO_PROBES = 4;
const SOLO_INTERVAL_MS = 60_000;
const FAILED_INTERVAL_MS = 2_000;

export class Timekeeper {
  #clock = new ServerClock();
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isPrecise = false;
  #isStopped = true;
  #isProbing = false;

  constructor(
    readonly port: GraphQLPort,
    readonly onChange: () => void,
  ) {}

  start(): void {
    this.#isStopped = false;
    void this.#probe();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** In a party every millisecond counts. */
  setPrecise(isPrecise: boolean): void {
    if (this.#isPrecise === isPrecise) return;
    this.#isPrecise = isPrecise;
    if (isPrecise) this.probeNow();
  }

  /** After sleep or a lost connection the clocks may stand differently to each other. */
  probeNow(): void {
    this.#count = 0;
    if (this.#isStopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.#probe();
  }

  /** The server's time at a time of `performance.now()`; this machine's clock before the first answer. */
  serverTime(local: number): number {
    return this.#clock.serverTime(local) ?? performance.timeOrigin + local;
  }

  estimate() {
    return this.#clock.estimate(performance.now());
  }

  async #probe(): Promise<void> {
    // A second question while one is under way would get the first one's answer, and seem to have been quick.
    if (this.#isProbing) return;
    this.#isProbing = true;
    const sent = performance.now();
    const server = await this.port.execute('serverTime', {}).catch(() => null);
    this.#isProbing = false;
    if (server !== null) {
      this.#clock.add({ sent, server, received: performance.now() });
      this.#count += 1;
      if (this.#count <= SOLO_PROBES) this.onChange();
    }
    if (this.#isStopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#probe(), server === null ? FAILED_INTERVAL_MS : this.#pauseMs());
  }

  #pauseMs(): number {
    if (this.#isPrecise) return this.#clock.nextProbeInMs();
    return this.#count < SOLO_PROBES ? 100 : SOLO_INTERVAL_MS;
  }
}
