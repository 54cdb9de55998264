/**
 * The player engine: plays a list of tracks, and nothing else. It knows no server, no queue and no screen. Usually one deck
 * plays everything; a second one takes over for crossfades, for codecs that one buffer cannot hold, and without Media Source.
 */

import { type Capabilities, detectCapabilities } from './capabilities';
import type { Deck, DeckListener, DeckPosition, EngineTrack } from './deck';
import type { MediaError, SegmentSource } from './media';
import { MseDeck } from './mseDeck';
import { NativeDeck } from './nativeDeck';
import { AudioGraph, Output } from './output';
import { ThroughputMeter } from './throughput';

export type { EngineTrack } from './deck';

export interface EngineSettings {
  /** 0 (none) to 12. Tracks of one album are never faded into each other. */
  readonly crossfadeS: number;
  readonly normalizeLoudness: boolean;
  readonly saveData: boolean;
}

export const DEFAULT_SETTINGS: EngineSettings = { crossfadeS: 0, normalizeLoudness: true, saveData: false };

export type EngineStatus = 'IDLE' | 'PLAYING' | 'PAUSED' | 'BUFFERING' | 'ENDED';

export interface EngineListener {
  /** Another track sounds now, by itself: the end of the one before was reached, or it was skipped. */
  trackChanged(key: string): void;
  /** A track cannot be played and was left out. When it was the current one, the next has begun. */
  trackFailed(track: EngineTrack, error: MediaError): void;
  /** Bytes do not come (null: they come again). Sound goes on while the buffer lasts. */
  trouble(error: MediaError | null): void;
  /** Nothing follows. */
  ended(): void;
  /** The browser or the system paused. */
  interrupted(): void;
  /** The browser wants a click first. */
  autoplayBlocked(): void;
  /** The machine has no device that sounds: it has paused where it was. */
  noOutput(): void;
  /** Anything that `status` or `position` say. */
  changed(): void;
}

export interface EngineOptions {
  readonly source: SegmentSource;
  readonly meter?: ThroughputMeter;
  readonly capabilities?: Capabilities;
  readonly settings?: EngineSettings;
}

/** A second deck is filled when this is left of the first. */
const PRELOAD_S = 20;
/** A fade begins early enough to be over when the track ends. */
const TICK_MS = 100;

export class Engine {
  readonly graph: AudioGraph;
  readonly meter: ThroughputMeter;
  readonly capabilities: Capabilities;
  settings: EngineSettings;
  /** The current track and what follows. */
  #tracks: EngineTrack[] = [];
  #decks: Deck[] = [];
  #active = 0;
  #wantsPlay = false;
  #hasEnded = false;
  #rate = 1;
  /** Tracks that cannot follow on the deck of the one before. */
  readonly #blocked = new Set<string>();
  /** The track that the other deck holds ready. */
  #preloaded: string | null = null;
  /** The deck that fades out, until it is silent. */
  #fading: { readonly deck: Deck; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #online = () => this.retry();

  constructor(
    readonly listener: EngineListener,
    readonly options: EngineOptions,
  ) {
    this.capabilities = options.capabilities ?? detectCapabilities();
    this.meter = options.meter ?? new ThroughputMeter();
    this.settings = options.settings ?? DEFAULT_SETTINGS;
    this.graph = new AudioGraph(this.capabilities.webAudio);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    globalThis.addEventListener('online', this.#online);
  }

  /** The element that sounds: for Media Session, and for whoever wants to look at the sound. */
  get element(): HTMLAudioElement | null {
    return this.#decks[this.#active]?.element ?? null;
  }

  get status(): EngineStatus {
    if (!this.#tracks[0]) return 'IDLE';
    if (this.#hasEnded) return 'ENDED';
    if (!this.#wantsPlay) return 'PAUSED';
    return this.position()?.starved === false ? 'PLAYING' : 'BUFFERING';
  }

  get current(): EngineTrack | null {
    return this.#tracks[0] ?? null;
  }

  position(): DeckPosition | null {
    return this.#decks[this.#active]?.position() ?? null;
  }

  /** Plays `tracks[0]` from a position, then the others. Sounds only after `play`. Called from a click the first time. */
  start(tracks: readonly EngineTrack[], positionMs = 0): void {
    this.#tracks = [...tracks];
    this.#hasEnded = false;
    this.#dropPreload();
    this.#deck(this.#active).start(this.#run(), positionMs);
    this.listener.changed();
  }

  /** Replaces what follows the current track. */
  setUpcoming(tracks: readonly EngineTrack[]): void {
    const current = this.#tracks[0];
    if (!current) return;
    this.#tracks = [current, ...tracks];
    if (this.#preloaded !== null && this.#preloaded !== this.#tracks[this.#run().length]?.key) this.#dropPreload();
    this.#deck(this.#active).setUpcoming(this.#run().slice(1));
  }

  /** Sounds as soon as there are bytes. Call it from a click the first time; a refusal is told by `autoplayBlocked`. */
  play(): void {
    this.#wantsPlay = true;
    this.graph.unlock();
    this.#playDeck(this.#deck(this.#active));
    this.listener.changed();
  }

  /** Call it from the click that will lead to sound, before anything is awaited: `start` and `play` may then come later. */
  unlock(): void {
    this.graph.unlock();
    this.#deck(this.#active).unlock();
    if (this.#needsBoth) this.#deck(1 - this.#active).unlock();
  }

  pause(): void {
    this.#wantsPlay = false;
    for (const deck of this.#decks) deck.pause();
    this.listener.changed();
  }

  seek(positionMs: number): void {
    this.#dropPreload();
    this.#hasEnded = false;
    const deck = this.#deck(this.#active);
    deck.seek(positionMs);
    if (this.#wantsPlay) this.#playDeck(deck);
  }

  /** 0.98 to 1.02: for playing in sync. */
  setRate(rate: number): void {
    this.#rate = rate;
    this.#decks[this.#active]?.setRate(rate);
  }

  /** 0 to 1, as heard: what listeners feel as half as loud is a tenth of the power. */
  setVolume(volume: number): void {
    this.graph.volume = Math.min(1, Math.max(0, volume)) ** 2;
    for (const deck of this.#decks) deck.output.applyVolume();
  }

  /** The network may be back: what waits for it is tried at once. */
  retry(): void {
    for (const deck of this.#decks) deck.retry();
  }

  /** Silence, and nothing to play. */
  stop(): void {
    this.#wantsPlay = this.#hasEnded = false;
    this.#tracks = [];
    this.#preloaded = null;
    this.#endFade();
    for (const deck of this.#decks) deck.stop();
    this.listener.changed();
  }

  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    this.#endFade();
    globalThis.removeEventListener('online', this.#online);
    for (const deck of this.#decks) deck.dispose();
    this.#decks = [];
    await this.graph.close();
  }

  get #needsBoth(): boolean {
    const { mediaSource, changeType } = this.capabilities;
    return mediaSource === null || !changeType || this.settings.crossfadeS > 0;
  }

  #deck(index: number): Deck {
    const known = this.#decks[index];
    if (known) return known;
    const element = document.createElement('audio');
    const output = new Output(element, this.graph);
    const listener = this.#listen(index);
    const { source } = this.options;
    const made = this.capabilities.mediaSource
      ? new MseDeck(element, output, listener, {
          source,
          capabilities: this.capabilities,
          meter: this.meter,
          savesData: () => this.settings.saveData,
          normalizes: () => this.settings.normalizeLoudness,
        })
      : new NativeDeck(element, output, listener, source);
    output.applyVolume();
    this.#decks[index] = made;
    return made;
  }

  #listen(index: number): DeckListener {
    const ifActive =
      <A extends unknown[]>(action: (...args: A) => void) =>
      (...args: A) => {
        if (index === this.#active) action(...args);
      };
    return {
      trackChanged: ifActive((key) => this.#moveTo(key)),
      trackFailed: (key, error) => this.#trackFailed(index, key, error),
      trouble: ifActive((error) => this.listener.trouble(error)),
      blocked: (key) => void this.#blocked.add(key),
      ended: ifActive(() => this.#runEnded()),
      interrupted: ifActive(() => {
        this.#wantsPlay = false;
        this.listener.interrupted();
      }),
      noOutput: ifActive(() => {
        this.#wantsPlay = false;
        this.listener.noOutput();
      }),
      changed: ifActive(() => this.listener.changed()),
    };
  }

  /** The tracks that one deck plays: up to where another has to take over. */
  #run(): EngineTrack[] {
    const isBorder = (track: EngineTrack, before: EngineTrack) =>
      // A deck without Media Source holds one track.
      this.capabilities.mediaSource === null ||
      this.#blocked.has(track.key) ||
      (this.settings.crossfadeS > 0 && !isSameAlbum(before, track));
    const end = this.#tracks.findIndex(
      (track, index) => index > 0 && isBorder(track, this.#tracks[index - 1] as EngineTrack),
    );
    return end === -1 ? [...this.#tracks] : this.#tracks.slice(0, end);
  }

  #moveTo(key: string): void {
    const index = this.#tracks.findIndex((track) => track.key === key);
    if (index <= 0) return;
    this.#tracks.splice(0, index);
    this.listener.trackChanged(key);
  }

  #tick(): void {
    const run = this.#run();
    const next = this.#tracks[run.length];
    const remaining = run.length === 1 ? this.position()?.remainingS : null;
    if (!next || remaining == null || this.#hasEnded) return;
    if (remaining < PRELOAD_S && this.#preloaded !== next.key && !this.#fading) this.#preload(next);
    const fadeS = this.#fadeBetween(run[0] as EngineTrack, next);
    if (fadeS > 0 && remaining <= fadeS && this.status === 'PLAYING') this.#takeOver(remaining);
  }

  #fadeBetween(track: EngineTrack, next: EngineTrack): number {
    return isSameAlbum(track, next) || !this.capabilities.mediaSource ? 0 : this.settings.crossfadeS;
  }

  /** Makes the deck silent that fades out, and free for what comes. */
  #endFade(): void {
    const fading = this.#fading;
    if (!fading) return;
    this.#fading = null;
    clearTimeout(fading.timer);
    fading.deck.stop();
    fading.deck.output.fade(1, 0);
  }

  #preload(next: EngineTrack): void {
    this.#endFade();
    this.#preloaded = next.key;
    const tracks = this.#tracks.slice(this.#tracks.indexOf(next));
    this.#deck(1 - this.#active).start(tracks.slice(0, 1), 0);
  }

  #dropPreload(): void {
    if (this.#preloaded !== null) this.#decks[1 - this.#active]?.stop();
    this.#preloaded = null;
  }

  /** The other deck goes on with the next run, over `fadeS` seconds. */
  #takeOver(fadeS: number): void {
    const next = this.#tracks[this.#run().length];
    if (!next) return;
    if (this.#preloaded !== next.key) this.#preload(next);
    const leaving = this.#deck(this.#active);
    this.#active = 1 - this.#active;
    this.#preloaded = null;
    const deck = this.#deck(this.#active);
    deck.output.fade(fadeS > 0 ? 0 : 1, 0);
    deck.setRate(this.#rate);
    this.#moveTo(next.key);
    deck.setUpcoming(this.#run().slice(1));
    if (this.#wantsPlay) this.#playDeck(deck);
    if (fadeS > 0) deck.output.fade(1, fadeS);
    leaving.output.fade(0, fadeS);
    this.#fading = { deck: leaving, timer: setTimeout(() => this.#endFade(), fadeS * 1000) };
  }

  #runEnded(): void {
    if (this.#tracks[this.#run().length]) {
      this.#takeOver(0);
      return;
    }
    this.#hasEnded = true;
    this.listener.ended();
    this.listener.changed();
  }

  #trackFailed(deck: number, key: string, error: MediaError): void {
    const index = this.#tracks.findIndex((track) => track.key === key);
    const failed = this.#tracks[index];
    if (!failed) return;
    this.#tracks.splice(index, 1);
    if (deck !== this.#active) this.#preloaded = null;
    this.listener.trackFailed(failed, error);
    // The listener may have decided already what plays instead.
    if (index > 0 || this.#tracks[0]?.key === this.position()?.key) return;
    const next = this.#tracks[0];
    if (!next) {
      this.#runEnded();
      return;
    }
    this.#deck(this.#active).start(this.#run(), 0);
    if (this.#wantsPlay)
      this.#deck(this.#active)
        .play()
        .catch((cause: unknown) => this.#playFailed(cause));
    this.listener.trackChanged(next.key);
  }

  #playDeck(deck: Deck): void {
    // Not awaited: the promise settles with the first sound, and of an element that had ended not even then.
    deck.play().catch((error: unknown) => this.#playFailed(error));
  }

  #playFailed(error: unknown): void {
    // A pause or another source in between is no failure.
    if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
    this.#wantsPlay = false;
    this.listener.autoplayBlocked();
  }
}

function isSameAlbum(one: EngineTrack, other: EngineTrack): boolean {
  return one.albumId !== null && one.albumId === other.albumId;
}
