/** Measures how fast bytes come, and chooses a rung by it. */

/** Half of what an average knows is of the last so many seconds of transfers: of a quick average and a slow one. */
const QUICK_HALF_LIFE_S = 2;
const SLOW_HALF_LIFE_S = 6;
/** Quick transfers count as if they had taken this long, or a good connection would never show. */
const MIN_WEIGHT_S = 0.5;
/** Smaller answers say more about latency than about throughput. */
const MIN_BYTES = 8_192;
/** The share of the throughput that a rung may take: to stay on it, and to go up to it. */
const STAY_SHARE = 0.85;
const RISE_SHARE = 0.65;
/** With this much buffered a dip is sat out instead of going down at once. */
const COMFORTABLE_AHEAD_S = 25;
const DIP_SHARE = 1.1;

/** What a rung choice needs to know of a rendition. */
export interface Rung {
  /** Peak, bit/s. */
  readonly bandwidth: number;
}

export class ThroughputMeter {
  #quick: number | null;
  #slow: number | null;

  /** `lastKnown`: bit/s as measured in an earlier visit. */
  constructor(lastKnown: number | null = null) {
    this.#quick = this.#slow = lastKnown;
  }

  /** Takes in one transfer. */
  add(bytes: number, durationMs: number): void {
    if (bytes < MIN_BYTES) return;
    const rate = (bytes * 8000) / Math.max(1, durationMs);
    const weight = Math.max(MIN_WEIGHT_S, durationMs / 1000);
    this.#quick = average(this.#quick, rate, weight / QUICK_HALF_LIFE_S);
    this.#slow = average(this.#slow, rate, weight / SLOW_HALF_LIFE_S);
  }

  /** bit/s, the more careful of both averages; null before the first transfer. */
  get bitsPerSecond(): number | null {
    return this.#quick === null || this.#slow === null ? null : Math.min(this.#quick, this.#slow);
  }
}

/**
 * The rung to fetch next of `rungs` (ascending by bandwidth, at least one): the highest that the throughput carries. `current`
 * is the one that plays, null at a beginning; `ahead` the seconds that are buffered.
 */
export function chooseRung<R extends Rung>(
  rungs: readonly R[],
  bitsPerSecond: number | null,
  current: R | null,
  ahead: number,
): R {
  const lowest = rungs[0];
  if (!lowest) throw new RangeError('there is no rung to choose from');
  if (bitsPerSecond === null) return current ?? lowest;
  const share = (rung: R) => {
    if (current === null || rung.bandwidth < current.bandwidth) return STAY_SHARE;
    if (rung.bandwidth > current.bandwidth) return RISE_SHARE;
    return ahead >= COMFORTABLE_AHEAD_S ? DIP_SHARE : STAY_SHARE;
  };
  return rungs.findLast((rung) => rung.bandwidth <= bitsPerSecond * share(rung)) ?? lowest;
}

function average(known: number | null, rate: number, halfLives: number): number {
  return known === null ? rate : rate + (known - rate) * 0.5 ** halfLives;
}
