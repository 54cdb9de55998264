/** The engine's side of the controller: what it plays and will play, and how it follows the frames of the server. */

import type { Engine, EngineListener, EngineTrack } from '../engine/engine';
import type { MediaError } from '../engine/media';
import type { PlayerError, PlayerErrorReason } from '../types';
import { playerError } from './commandQueue';
import { type EngineView, type FollowAction, follow, playsHere } from './follow';
import type { PlaybackFrame, QueueItemFrame } from './port';
import type { QueueStore } from './queueStore';

/** What the controller uses of the engine. */
export type PlayerEngine = Pick<
  Engine,
  | 'start'
  | 'setUpcoming'
  | 'play'
  | 'unlock'
  | 'pause'
  | 'seek'
  | 'setRate'
  | 'setVolume'
  | 'retry'
  | 'stop'
  | 'dispose'
  | 'position'
  | 'status'
>;

/** A track that the engine holds, by its key. */
export interface Slot {
  readonly key: string;
  readonly trackId: string;
  /** The entry of the queue; null: not known yet. */
  readonly itemId: string | null;
}

export interface PlayheadHost {
  shown(): PlaybackFrame | null;
  deviceId(): string | null;
  /** Where the server says that the music is. */
  expectedMs(frame: PlaybackFrame): number;
  isWaiting(): boolean;
  /** The engine went over to another track by itself, or because one could not be played. */
  entered(slot: Slot): void;
  /** The track at the engine's head cannot be played and nothing follows that it knows of. */
  skipped(slot: Slot): void;
  /** Tells the server what is heard. */
  report(slot: Slot): void;
  acknowledge(version: number): void;
  paused(): void;
  fail(error: PlayerError): void;
  pass(...reasons: PlayerErrorReason[]): void;
  changed(): void;
}

/** How long a track that was left by itself is remembered, for frames that still show it. */
const LEFT_FOR_MS = 8_000;
/** What is heard is reported no more often than this. */
const REPORT_INTERVAL_MS = 4_000;
/** After so many tracks in a row that cannot be played it waits for the listener. */
const MAX_FAILURES = 10;

export class Playhead {
  readonly engine: PlayerEngine;
  current: Slot | null = null;
  #upcoming: Slot[] = [];
  #left: { readonly trackId: string; readonly at: number } | null = null;
  /** The current track could not be played, so the engine goes on without the server. */
  #isSkipping = false;
  #nextKey = 1;
  #acknowledged = -1;
  #restarts = false;
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** Tracks in a row that could not be played. */
  #failures = 0;

  constructor(
    readonly host: PlayheadHost,
    readonly queue: QueueStore,
    engine: (listener: EngineListener) => PlayerEngine,
  ) {
    this.engine = engine(this.#listener());
  }

  get upcoming(): readonly Slot[] {
    return this.#upcoming;
  }

  get isIdle(): boolean {
    return this.engine.status === 'IDLE';
  }

  slot(item: { readonly trackId: string | null; readonly itemId: string | null }): Slot {
    return { key: String(this.#nextKey++), trackId: item.trackId ?? '', itemId: item.itemId };
  }

  /** Plays a slot now; those behind it in what is upcoming stay so. */
  begin(slot: Slot, positionMs: number, play: boolean): void {
    const index = this.#upcoming.findIndex(({ key }) => key === slot.key);
    this.#upcoming = index === -1 ? [] : this.#upcoming.slice(index + 1);
    this.current = slot;
    this.#left = null;
    this.engine.start(
      [slot, ...this.#upcoming].map((one) => this.#engineTrack(one)),
      positionMs,
    );
    if (play) this.engine.play();
    else this.engine.pause();
    this.refresh();
  }

  /** Lets the engine know of these tracks, before the server has made them a queue. */
  announce(trackIds: readonly string[]): void {
    this.#setUpcoming(trackIds.map((trackId) => this.slot({ trackId, itemId: null })));
  }

  /** Brings what follows up to date with the queue. */
  refresh(): void {
    const frame = this.host.shown();
    const item = this.queue.current();
    const { current } = this;
    if (!frame || !current || item?.trackId !== current.trackId) return;
    if (current.itemId === null) this.current = { ...current, itemId: item.itemId };
    const items = this.queue.upcoming(frame.repeat, frame.shuffle);
    let isKept = true;
    const slots = items.map((next, index) => {
      const known = this.#upcoming[index];
      isKept &&= known?.trackId === next.trackId && (known.itemId === null || known.itemId === next.itemId);
      return isKept && known ? { ...known, itemId: next.itemId } : this.slot(next);
    });
    this.#setUpcoming(slots);
  }

  /** The next frame begins anew, also where it names the track that sounds: its album was played again. */
  expectRestart(): void {
    this.#restarts = true;
  }

  /** Does what a frame asks of this tab. */
  follow(frame: PlaybackFrame): void {
    const deviceId = this.host.deviceId();
    const expectedMs = this.host.expectedMs(frame);
    const isWaiting = this.host.isWaiting();
    const isRestart = this.#restarts && !isWaiting;
    if (isRestart) this.#restarts = false;
    for (const action of follow({ frame, deviceId, expectedMs, engine: this.#view(), isWaiting, isRestart }))
      this.#act(action, frame);
    this.refresh();
    this.acknowledgeIfReady(frame);
  }

  /** Says that this tab has taken over, once it sounds (or, for what is paused, could). */
  acknowledgeIfReady(frame: PlaybackFrame): void {
    const deviceId = this.host.deviceId();
    if (deviceId === null || frame.transferringTo?.id !== deviceId || this.#acknowledged === frame.version) return;
    const isReady = frame.state === 'PLAYING' ? this.engine.status === 'PLAYING' : this.engine.status === 'PAUSED';
    if (!isReady && frame.trackId !== null) return;
    this.#acknowledged = frame.version;
    this.host.acknowledge(frame.version);
  }

  stop(): void {
    this.current = null;
    this.#upcoming = [];
    this.engine.stop();
  }

  #view(): EngineView {
    const position = this.engine.position();
    const isRecent = this.#left !== null && performance.now() - this.#left.at < LEFT_FOR_MS;
    return {
      trackId: this.current?.trackId ?? null,
      positionMs: position?.positionMs ?? 0,
      remainingMs: position && position.durationMs > 0 ? position.durationMs - position.positionMs : null,
      nextTrackId: this.#upcoming[0]?.trackId ?? null,
      leftTrackId: isRecent ? (this.#left?.trackId ?? null) : null,
      status: this.engine.status,
    };
  }

  #act(action: FollowAction, frame: PlaybackFrame): void {
    switch (action.kind) {
      case 'stop':
        this.stop();
        break;
      case 'start': {
        const item = this.queue.current() ?? { trackId: frame.trackId, itemId: null };
        const next = this.#upcoming[0];
        const slot = next?.trackId === frame.trackId ? next : this.slot(item);
        this.begin(slot, action.positionMs, action.play);
        break;
      }
      case 'seek':
        this.engine.seek(action.positionMs);
        break;
      case 'play':
        this.engine.play();
        break;
      case 'pause':
        this.engine.pause();
        break;
      case 'report':
        this.#report();
        break;
    }
  }

  #report(): void {
    const now = performance.now();
    if (!this.current || this.engine.status === 'BUFFERING' || now - this.#reportedAt < REPORT_INTERVAL_MS) return;
    this.#reportedAt = now;
    this.host.report(this.current);
  }

  #setUpcoming(slots: Slot[]): void {
    const isSame =
      slots.length === this.#upcoming.length && slots.every(({ key }, index) => key === this.#upcoming[index]?.key);
    this.#upcoming = slots;
    if (!isSame) this.engine.setUpcoming(slots.map((slot) => this.#engineTrack(slot)));
  }

  #engineTrack({ key, trackId }: Slot): EngineTrack {
    return { key, trackId, albumId: this.queue.track(trackId)?.album?.id ?? null };
  }

  #listener(): EngineListener {
    return {
      trackChanged: (key) => this.#entered(key),
      trackFailed: (track, error) => this.#failed(track, error),
      trouble: (error) => this.#trouble(error),
      ended: () => this.host.changed(),
      interrupted: () => this.host.paused(),
      autoplayBlocked: () => this.host.fail(playerError('AUTOPLAY_BLOCKED', null, this.current?.trackId ?? null)),
      noOutput: () => {
        this.host.paused();
        this.host.fail(playerError('NO_AUDIO_OUTPUT', null));
      },
      changed: () => {
        if (this.engine.status === 'PLAYING') this.#failures = 0;
        this.host.changed();
      },
    };
  }

  #entered(key: string): void {
    const index = this.#upcoming.findIndex((slot) => slot.key === key);
    const slot = this.#upcoming[index];
    if (!slot) return;
    if (this.current) this.#left = { trackId: this.current.trackId, at: performance.now() };
    this.#upcoming = this.#upcoming.slice(index + 1);
    this.current = slot;
    this.host.entered(slot);
    if (this.#isSkipping) this.host.report(slot);
    this.#isSkipping = false;
  }

  #failed(track: EngineTrack, error: MediaError): void {
    this.host.fail(playerError(error.reason, error.message, track.trackId));
    const isCurrent = this.current?.key === track.key;
    this.#failures += 1;
    const isMeantToSound = this.host.shown()?.state === 'PLAYING';
    if (isCurrent && (this.#failures >= MAX_FAILURES || !isMeantToSound)) {
      this.#giveUp(isMeantToSound);
      return;
    }
    this.#upcoming = this.#upcoming.filter(({ key }) => key !== track.key);
    this.#isSkipping = isCurrent && this.#upcoming.length > 0;
    if (isCurrent && this.current && !this.#isSkipping) this.host.skipped(this.current);
  }

  /** Nothing of what comes can be played, it seems, and a queue that repeats would never end. */
  #giveUp(isMeantToSound: boolean): void {
    this.#failures = 0;
    this.engine.stop();
    if (isMeantToSound) this.host.paused();
  }

  #trouble(error: MediaError | null): void {
    if (error)
      this.host.fail({ ...playerError(error.reason, error.message, this.current?.trackId ?? null), retrying: true });
    else this.host.pass('OFFLINE', 'MEDIA_UNAVAILABLE');
  }
}

/** Whether sound comes, or is to come, from this tab. */
export function soundsHere(frame: PlaybackFrame | null, deviceId: string | null): boolean {
  return frame !== null && playsHere(frame, deviceId);
}

/** A frame in which another entry plays from its beginning. */
export function itemPatch(item: QueueItemFrame, index: number, serverNow: number): Partial<PlaybackFrame> {
  return {
    trackId: item.trackId,
    track: null,
    durationMs: null,
    queueIndex: index,
    anchorPositionMs: 0,
    anchorServerTime: serverNow,
  };
}
