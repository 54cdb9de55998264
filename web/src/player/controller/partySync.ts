/** Keeps the engine where a listening party is: measures many times a second, corrects by speed, seeks when far off. */

import { correct, syncPositionAt } from '../../party/sync';
import type { EngineStatus } from '../engine/engine';
import type { PlaybackFrame } from './port';
import type { Timekeeper } from './timekeeper';

const INTERVAL_MS = 100;
/** After a seek the element needs a moment before its position means anything. */
const SEEK_PAUSE_MS = 1_000;
/** A seek to where the music is now lands behind it by what the seek takes; so much is added, and learned. */
const FIRST_SEEK_LEAD_MS = 120;
const MAX_SEEK_LEAD_MS = 1_000;

const REST_TOLERANCE_MS = 20;

interface SyncedEngine {
  readonly status: EngineStatus;
  position(): { readonly positionMs: number; readonly durationMs: number } | null;
  seek(positionMs: number): void;
  setRate(rate: number): void;
}

export interface SyncFigures {
  /** How far ahead of the party this tab plays, ms. */
  readonly offByMs: number;
  /** How well the server's clock is known, ms. */
  readonly clockUncertaintyMs: number;
}

export class PartySync {
  #timer: ReturnType<typeof setInterval> | null = null;
  #pausedUntil = 0;
  #seekLeadMs = FIRST_SEEK_LEAD_MS;
  #sought = false;

  constructor(
    readonly engine: SyncedEngine,
    readonly time: Timekeeper,
    readonly frame: () => PlaybackFrame | null,
  ) {}

  /** Follows a party (or not). */
  setActive(isActive: boolean): void {
    if (isActive === (this.#timer !== null)) return;
    this.time.setPrecise(isActive);
    if (isActive) this.#timer = setInterval(() => this.#correct(), INTERVAL_MS);
    else this.stop();
  }

  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.engine.setRate(1);
  }

  figures(): SyncFigures | null {
    const [frame, position, estimate] = [this.frame(), this.engine.position(), this.time.estimate()];
    if (this.#timer === null || !frame || !position || !estimate) return null;
    const target = syncPositionAt(anchorOf(frame), this.time.serverTime(performance.now()));
    return { offByMs: position.positionMs - target, clockUncertaintyMs: estimate.uncertainty };
  }

  #correct(): void {
    const [frame, position, now] = [this.frame(), this.engine.position(), performance.now()];
    if (!frame || !position || now < this.#pausedUntil || !this.time.estimate()) return;
    if (this.engine.status === 'PAUSED') this.#rest(frame, position.positionMs);
    if (this.engine.status !== 'PLAYING') return;
    const serverNow = this.time.serverTime(now);
    const correction = correct(anchorOf(frame), serverNow, position.positionMs);
    if (correction.kind === 'play') {
      this.#sought = false;
      this.engine.setRate(correction.rate);
    } else if (correction.kind === 'seek') {
      // Still behind after a seek: seeking takes longer here than was thought.
      if (this.#sought)
        this.#seekLeadMs = Math.min(
          MAX_SEEK_LEAD_MS,
          Math.max(0, this.#seekLeadMs + correction.position - position.positionMs),
        );
      this.#sought = true;
      this.#pausedUntil = now + SEEK_PAUSE_MS;
      this.engine.setRate(frame.rate);
      this.engine.seek(correction.position + this.#seekLeadMs);
    }
  }

  /** Whoever was paused by others stands where they do. */
  #rest(frame: PlaybackFrame, positionMs: number): void {
    if (frame.state === 'PLAYING' || Math.abs(positionMs - frame.anchorPositionMs) < REST_TOLERANCE_MS) return;
    this.engine.seek(frame.anchorPositionMs);
  }
}

function anchorOf(frame: PlaybackFrame) {
  return {
    position: frame.anchorPositionMs,
    serverTime: frame.anchorServerTime,
    rate: frame.rate,
    isPlaying: frame.state === 'PLAYING',
    duration: frame.durationMs,
  };
}
