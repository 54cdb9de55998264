/** Counts what was heard while the server could not be told, and reports it when it can: each play once, by its id. */

import { randomId } from '../../browser/randomId';
import type { GraphQLPort } from './port';
import { PortError } from './port';

export interface OfflinePlay {
  readonly playId: string;
  readonly trackId: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly playedMs: number;
}

/** Where plays wait, over restarts. */
export interface PlayOutbox {
  add(play: OfflinePlay): Promise<void>;
  all(): Promise<readonly OfflinePlay[]>;
  remove(playId: string): Promise<void>;
}

/** Shorter ones count nowhere. */
const MIN_PLAYED_MS = 1_000;

export class OfflinePlays {
  #current: { readonly playId: string; readonly trackId: string; readonly startedAt: string } | null = null;
  #playedMs = 0;
  #soundsSince: number | null = null;
  #reporting: Promise<void> | null = null;

  constructor(
    readonly port: GraphQLPort,
    readonly outbox: PlayOutbox,
  ) {}

  /** A track has begun that the server does not know of. */
  begin(trackId: string): void {
    this.end();
    this.#current = { playId: randomId(), trackId, startedAt: new Date().toISOString() };
    this.#playedMs = 0;
  }

  get isCounting(): boolean {
    return this.#current !== null;
  }

  /** Sound comes, or stops. */
  setSounding(isSounding: boolean): void {
    const now = performance.now();
    if (this.#soundsSince !== null) this.#playedMs += now - this.#soundsSince;
    this.#soundsSince = isSounding ? now : null;
  }

  /** The track has ended, or the server knows again. */
  end(): void {
    const current = this.#current;
    const isSounding = this.#soundsSince !== null;
    this.setSounding(isSounding);
    this.#current = null;
    const playedMs = Math.round(this.#playedMs);
    this.#playedMs = 0;
    if (current && playedMs >= MIN_PLAYED_MS) void this.outbox.add({ ...current, playedMs }).catch(() => {});
  }

  /** Reports what waits. What the server refuses is dropped: it would be refused again. */
  report(): Promise<void> {
    this.#reporting ??= this.#report().finally(() => {
      this.#reporting = null;
    });
    return this.#reporting;
  }

  async #report(): Promise<void> {
    for (const play of await this.outbox.all()) {
      try {
        await this.port.execute('reportPlay', play);
      } catch (error) {
        if (error instanceof PortError && (error.isTransient || error.kind === 'SIGNED_OUT')) return;
      }
      await this.outbox.remove(play.playId);
    }
  }
}
