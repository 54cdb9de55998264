/**
 * A deck without Media Source: one track, opened by the browser itself (HLS on old iOS, or a file). Between two such tracks
 * there is a gap. Nothing goes through Web Audio: of another origin's sound it would get silence.
 */

import { type Deck, type DeckListener, type DeckPosition, type EngineTrack, isInterruption } from './deck';
import { MediaError, type OpenTrack, type SegmentSource } from './media';
import type { Output } from './output';
import { loudnessGain, unlockElement } from './output';
import { backoffMs, isAbort } from './retry';
import { bufferedUntil, rangesOf } from './timeline';

const MAX_ATTEMPTS = 8;

export class NativeDeck implements Deck {
  #track: EngineTrack | null = null;
  #open: OpenTrack | null = null;
  #pendingMs = 0;
  #wantsPlay = false;
  #networkErrors = 0;
  #aborter = new AbortController();
  readonly #events = new AbortController();

  constructor(
    readonly element: HTMLAudioElement,
    readonly output: Output,
    readonly listener: DeckListener,
    readonly source: SegmentSource,
  ) {
    const { signal } = this.#events;
    const changed = () => listener.changed();
    for (const type of ['timeupdate', 'seeked', 'playing', 'waiting', 'canplay', 'progress', 'durationchange'])
      element.addEventListener(type, changed, { signal });
    element.addEventListener('loadedmetadata', () => this.#applyPosition(), { signal });
    element.addEventListener('playing', () => this.#playing(), { signal });
    element.addEventListener('ended', () => listener.ended(), { signal });
    element.addEventListener('pause', () => this.#paused(), { signal });
    element.addEventListener('error', () => this.#failed(), { signal });
  }

  start(tracks: readonly EngineTrack[], positionMs: number): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.#track = tracks[0] ?? null;
    this.#open = null;
    this.#pendingMs = positionMs;
    this.element.removeAttribute('src');
    if (this.#track) void this.#load(this.#track, this.#aborter.signal);
    for (const blocked of tracks.slice(1, 2)) this.listener.blocked(blocked.key);
  }

  setUpcoming(tracks: readonly EngineTrack[]): void {
    for (const blocked of tracks.slice(0, 1)) this.listener.blocked(blocked.key);
  }

  async #load(track: EngineTrack, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        this.#open = await this.source.open(track.trackId, signal);
        signal.throwIfAborted();
        const { directUrl, loudness } = this.#open.media;
        if (!directUrl) throw new MediaError('UNSUPPORTED_CODEC', false, 'nothing that this browser plays by itself');
        this.output.setGain(loudnessGain(loudness));
        this.element.src = directUrl;
        this.listener.trouble(null);
        if (this.#wantsPlay) this.element.play().catch(() => {});
        return;
      } catch (error) {
        if (isAbort(error)) return;
        if (!(error instanceof MediaError) || !error.retriable || attempt === MAX_ATTEMPTS) {
          const failure = error instanceof MediaError ? error : new MediaError('UNEXPECTED', false, String(error));
          this.listener.trackFailed(track.key, failure);
          return;
        }
        this.listener.trouble(error);
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt)));
      }
    }
  }

  position(): DeckPosition | null {
    if (!this.#track) return null;
    const { element } = this;
    const media = this.#open?.media;
    const length = media?.durationMs || (Number.isFinite(element.duration) ? element.duration * 1000 : 0);
    const hasPosition = element.readyState >= 1;
    return {
      key: this.#track.key,
      positionMs: hasPosition ? element.currentTime * 1000 : this.#pendingMs,
      durationMs: length,
      bufferedMs: (bufferedUntil(rangesOf(element.buffered), element.currentTime) ?? 0) * 1000,
      playableUntilMs: media?.playableUntilMs ?? 0,
      rendition: null,
      offline: false,
      remainingS: hasPosition && length > 0 ? length / 1000 - element.currentTime : null,
      starved: this.#wantsPlay && !element.ended && element.readyState < 3,
    };
  }

  async play(): Promise<void> {
    this.#wantsPlay = true;
    if (this.element.ended) return;
    // Without a source yet this only spends the click; the source is played when it is there.
    if (!this.element.getAttribute('src')) {
      this.element.play().catch(() => {});
      return;
    }
    await this.element.play();
  }

  unlock(): void {
    if (!this.#wantsPlay) unlockElement(this.element);
  }

  pause(): void {
    this.#wantsPlay = false;
    this.element.pause();
    this.listener.changed();
  }

  seek(positionMs: number): void {
    this.#pendingMs = positionMs;
    if (this.element.readyState >= 1) this.#applyPosition();
    this.listener.changed();
  }

  setRate(rate: number): void {
    this.element.preservesPitch = false;
    this.element.playbackRate = this.element.defaultPlaybackRate = rate;
  }

  retry(): void {
    if (this.#track && !this.element.getAttribute('src')) this.start([this.#track], this.#pendingMs);
  }

  stop(): void {
    this.#wantsPlay = false;
    this.element.pause();
    this.start([], 0);
  }

  dispose(): void {
    this.stop();
    this.#events.abort();
    this.element.load();
  }

  #applyPosition(): void {
    if (Math.abs(this.element.currentTime * 1000 - this.#pendingMs) > 1)
      this.element.currentTime = this.#pendingMs / 1000;
  }

  #playing(): void {
    this.#networkErrors = 0;
  }

  #paused(): void {
    if (!this.element.getAttribute('src') || !isInterruption(this.element, this.#wantsPlay)) return;
    this.#wantsPlay = false;
    this.listener.interrupted();
  }

  /** A URL that has expired, or a network that is gone: opened anew where it stopped. */
  #failed(): void {
    if (!this.#track || !this.element.getAttribute('src')) return;
    const position = this.element.currentTime * 1000;
    this.#networkErrors += 1;
    const mayRecover = this.element.error?.code === MediaErrorCode.NETWORK && this.#networkErrors < MAX_ATTEMPTS;
    if (mayRecover) this.start([this.#track], position);
    else this.listener.trackFailed(this.#track.key, new MediaError('UNSUPPORTED_CODEC', false, 'not playable'));
  }
}

/** `MediaError.code` of the HTML standard, whose class has the name of ours. */
const MediaErrorCode = { NETWORK: 2 } as const;
