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

/** Where a seek lands farther off than this, it is made once more with what was learned: playing faster would take seconds. */
const SEEK_AGAIN_BEYOND_MS = 40;
const MAX_SEEKS_AGAIN = 2;

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
  #seeksAgain = 0;

  constructor(
    readonly engine: SyncedEngine,
    readonly time: Timekeeper,
    /** What the engine is to play; null: nothing, or another track than that which it is at. */
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
    const anchor = anchorOf(frame);
    const correction = correct(anchor, serverNow, position.positionMs);
    const target = syncPositionAt(anchor, serverNow);
    const behindMs = target - position.positionMs;
    const isNear = correction.kind === 'play' && Math.abs(behindMs) <= SEEK_AGAIN_BEYOND_MS;
    const isSeek = correction.kind === 'seek' || (this.#sought && !isNear && this.#seeksAgain < MAX_SEEKS_AGAIN);
    if (isSeek) this.#seek(target, this.#sought ? behindMs : 0, frame.rate);
    else if (correction.kind === 'play') this.#goOn(correction.rate);
  }

  #goOn(rate: number): void {
    this.#sought = false;
    this.#seeksAgain = 0;
    this.engine.setRate(rate);
  }

  /** Goes to a position of now. Where the seek before has landed wrong, seeking takes another time here than was thought. */
  #seek(targetMs: number, behindMs: number, rate: number): void {
    this.#seekLeadMs = Math.min(MAX_SEEK_LEAD_MS, Math.max(0, this.#seekLeadMs + behindMs));
    this.#seeksAgain = this.#sought ? this.#seeksAgain + 1 : 0;
    this.#sought = true;
    this.#pausedUntil = performance.now() + SEEK_PAUSE_MS;
    this.engine.setRate(rate);
    this.engine.seek(targetMs + this.#seekLeadMs);
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
