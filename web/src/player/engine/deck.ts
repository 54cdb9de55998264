/** What the engine knows of a deck: one `<audio>` element that plays a run of tracks. */

import type { MediaError, RenditionInfo } from './media';

/** A track to play, at one place of the queue. */
export interface EngineTrack {
  /** Tells this occurrence from others of the same track: the queue entry, and the lap where it repeats. */
  readonly key: string;
  readonly trackId: string;
  /** Tracks of one album that follow each other are not faded into each other and keep one loudness. */
  readonly albumId: string | null;
}

/** What a deck plays now. */
export interface DeckPosition {
  readonly key: string;
  readonly positionMs: number;
  /** Exact when encoded, else an estimate; 0: unknown. */
  readonly durationMs: number;
  readonly bufferedMs: number;
  readonly playableUntilMs: number;
  readonly rendition: RenditionInfo | null;
  readonly offline: boolean;
  /** Until the end of the last track of the run; null: not known. */
  readonly remainingS: number | null;
  /** It should sound and waits for bytes. */
  readonly starved: boolean;
}

export interface DeckListener {
  /** The playhead went over into another track of the run. */
  trackChanged(key: string): void;
  /** The track cannot be played; it was taken out of the run. Of the current one nothing sounds any more. */
  trackFailed(key: string, error: MediaError): void;
  /** Bytes do not come; tried again. Null: they come again. */
  trouble(error: MediaError | null): void;
  /** The track cannot follow on this deck: another has to take over at the end. */
  blocked(key: string): void;
  /** The run is over. */
  ended(): void;
  /** The browser paused without being asked: headphones were unplugged, another app plays. */
  interrupted(): void;
  /** The machine has no device that sounds; it stands where it was. */
  noOutput(): void;
  /** Position, buffer or state moved. */
  changed(): void;
}

/**
 * Whether a `pause` event says that the browser paused by itself. Events come later than what they tell: of a pause that was
 * taken back in between the element plays again.
 */
export function isInterruption(element: HTMLAudioElement, wantsPlay: boolean): boolean {
  return wantsPlay && element.paused && !element.ended && !element.error;
}

export interface Deck {
  readonly element: HTMLAudioElement;
  /** Plays `tracks[0]` from a position, then the others; sounds only after `play`. */
  start(tracks: readonly EngineTrack[], positionMs: number): void;
  /** Replaces what follows the current track. */
  setUpcoming(tracks: readonly EngineTrack[]): void;
  position(): DeckPosition | null;
  /** Rejects as `HTMLMediaElement.play` does. */
  play(): Promise<void>;
  /** From a click: lets the browser allow sound to the element, whatever it is to play later. */
  unlock(): void;
  pause(): void;
  seek(positionMs: number): void;
  setRate(rate: number): void;
  /** Loudness, fades and volume of this deck. */
  readonly output: import('./output').Output;
  /** The network may be back. */
  retry(): void;
  /** Silence; the deck can be started again. */
  stop(): void;
  dispose(): void;
}
