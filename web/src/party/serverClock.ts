/**
 * What the server's clock shows, from probes over a network of which nothing is known but that it takes time. The twin of
 * `crates/sync-client/src/clock.rs`: both are held to `crates/sync-client/vectors.json`. All times are milliseconds; "local"
 * is `performance.now()`.
 */

const MAX_PROBES = 128;
const WINDOW_MS = 300_000;
/** No clock drifts more than this against another, parts of one. */
const MAX_DRIFT = 0.000_2;
/** Drift shows in probes over at least this time; before, it is too small to matter. */
const DRIFT_AFTER_MS = 60_000;
/** Probes that come quickly, so that a client that joins is in sync at once. */
const BURST_PROBES = 12;
const SETTLED_PROBES = 40;

/** One question for `serverTime`. */
export interface Probe {
  /** When it was sent, local. */
  readonly sent: number;
  /** What the server answered. */
  readonly server: number;
  /** When the answer came, local. */
  readonly received: number;
}

/** How the server's clock stands to the local one. */
export interface ClockEstimate {
  /** What to add to the local time to have the server's. */
  readonly offset: number;
  /** How far the offset may be wrong, either way. */
  readonly uncertainty: number;
  /** How much faster the server's clock runs, in parts of one. */
  readonly drift: number;
}

type Bounds = readonly [lower: number, upper: number];
const UNBOUNDED: Bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

export class ServerClock {
  #probes: Probe[] = [];
  #drift = 0;

  /** Takes in the answer to a probe. One that ended before it began is no answer. */
  add(probe: Probe): void {
    if (probe.received < probe.sent) return;
    this.#probes.push(probe);
    const oldest = probe.received - WINDOW_MS;
    while (this.#probes.length > MAX_PROBES || (this.#probes[0]?.sent ?? oldest) < oldest) this.#probes.shift();
    this.#drift = this.#estimateDrift();
    // Bounds that exclude each other: a clock was set. What was seen before is worth nothing now.
    while (this.#probes.length > 1) {
      const [lower, upper] = this.#band(probe.received, this.#drift);
      if (upper >= lower) break;
      this.#probes.shift();
      this.#drift = 0;
    }
  }

  /** How the clocks stand to each other at a local time; null before the first answer. */
  estimate(local: number): ClockEstimate | null {
    if (this.#probes.length === 0) return null;
    const [lower, upper] = this.#band(local, this.#drift);
    return { offset: (lower + upper) / 2, uncertainty: Math.max(0, upper - lower) / 2, drift: this.#drift };
  }

  /** What the server's clock shows at a local time. */
  serverTime(local: number): number | null {
    const estimate = this.estimate(local);
    return estimate && local + estimate.offset;
  }

  /** How long to wait after one probe before the next. */
  nextProbeInMs(): number {
    if (this.#probes.length < BURST_PROBES) return 50;
    return this.#probes.length < SETTLED_PROBES ? 1_000 : 5_000;
  }

  /** The offset at a local time lies between these, if the clocks drift apart like this. */
  #band(local: number, drift: number): Bounds {
    let [lower, upper] = UNBOUNDED;
    for (const { sent, server, received } of this.#probes) {
      // What a clock that runs unevenly may add since then.
      const slack = Math.max(0, local - received) * (drift === 0 ? MAX_DRIFT / 4 : MAX_DRIFT / 20);
      lower = Math.max(lower, server - received + drift * (local - received) - slack);
      upper = Math.min(upper, server - sent + drift * (local - sent) + slack);
    }
    return [lower, upper];
  }

  /** The drift that leaves the band widest; the width is a concave function of it, so it is found by narrowing down. */
  #estimateDrift(): number {
    const [first, last] = [this.#probes[0], this.#probes.at(-1)];
    if (!first || !last || last.received - first.sent < DRIFT_AFTER_MS) return 0;
    const width = (drift: number) => {
      let [lower, upper] = UNBOUNDED;
      for (const { sent, server, received } of this.#probes) {
        upper = Math.min(upper, server - sent - drift * (sent - first.sent));
        lower = Math.max(lower, server - received - drift * (received - first.sent));
      }
      return upper - lower;
    };
    let [low, high] = [-MAX_DRIFT, MAX_DRIFT];
    for (let round = 0; round < 40; round += 1) {
      const third = (high - low) / 3;
      if (width(low + third) < width(high - third)) low += third;
      else high -= third;
    }
    return (low + high) / 2;
  }
}
