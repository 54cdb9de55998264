/** A deck with Media Source: all tracks of its run lie on one timeline, so that between them nothing happens at all. */

import { type Deck, type DeckListener, type DeckPosition, type EngineTrack, isInterruption } from './deck';
import { Feeder, type FeederHost, type FeederOptions } from './feeder';
import type { MediaError } from './media';
import type { Output } from './output';
import { continuedGain, unlockElement } from './output';
import type { Span } from './span';
import { bufferedUntil } from './timeline';

/** The loudness of the next track is scheduled this long before its first sample. */
const SCHEDULE_GAIN_S = 2;
/** Near a seam the playhead is looked at by a timer, else by `timeupdate`. */
const WATCH_SEAM_S = 0.6;

export interface MseDeckOptions extends FeederOptions {
  /** Whether tracks are brought to one loudness. */
  readonly normalizes: () => boolean;
}

export class MseDeck implements Deck, FeederHost {
  readonly #feeder: Feeder;
  #current: Span | null = null;
  /** Where to go once the timeline reaches there. */
  #target: number | null = null;
  #wantsPlay = false;
  #gain = 1;
  #scheduledFor: Span | null = null;
  #watch: ReturnType<typeof setTimeout> | null = null;
  readonly #events = new AbortController();

  constructor(
    readonly element: HTMLAudioElement,
    readonly output: Output,
    readonly listener: DeckListener,
    readonly options: MseDeckOptions,
  ) {
    element.preload = 'auto';
    this.#feeder = new Feeder(this, options);
    const { signal } = this.#events;
    const look = () => this.#look();
    for (const type of ['timeupdate', 'seeked', 'playing', 'waiting', 'canplay'])
      element.addEventListener(type, look, { signal });
    // It may know how long it is only after the last bytes that there are to append.
    element.addEventListener('loadedmetadata', () => this.timelineReady(element.duration), { signal });
    element.addEventListener('ended', () => this.#ended(), { signal });
    element.addEventListener('pause', () => this.#paused(), { signal });
    element.addEventListener('error', () => this.#elementFailed(), { signal });
  }

  // The deck.

  start(tracks: readonly EngineTrack[], positionMs: number): void {
    const [first, ...following] = tracks;
    if (!first) {
      this.stop();
      return;
    }
    const known = this.#feeder.spans.find((span) => span.track.key === first.key);
    if (known) {
      this.#goTo(known, positionMs);
      this.#feeder.setUpcoming(known, following);
      return;
    }
    const start = this.#feeder.begin(tracks);
    const span = this.#feeder.spans[0];
    this.#current = span ?? null;
    this.#target = start + positionMs / 1000;
    this.#scheduledFor = null;
    this.listener.changed();
  }

  setUpcoming(tracks: readonly EngineTrack[]): void {
    if (this.#current) this.#feeder.setUpcoming(this.#current, tracks);
    this.#scheduledFor = null;
  }

  position(): DeckPosition | null {
    const span = this.#current;
    if (!span) return null;
    const now = this.now();
    const buffered = bufferedUntil(this.#feeder.ranges, now) ?? now;
    const length = span.lengthS;
    const last = this.#feeder.spans.at(-1);
    return {
      key: span.track.key,
      positionMs: Math.max(0, (now - span.start) * 1000),
      durationMs: Math.round((length ?? 0) * 1000),
      bufferedMs: Math.max(0, (Math.min(buffered, span.end ?? buffered) - span.start) * 1000),
      playableUntilMs: span.list?.ended ? (length ?? 0) * 1000 : (span.open?.media.playableUntilMs ?? 0),
      rendition: span.rendition,
      offline: span.open?.media.offline ?? false,
      remainingS: last?.end == null ? null : last.end - now,
      starved: this.#wantsPlay && !this.element.ended && (this.#target !== null || this.#isDry(now, buffered)),
    };
  }

  async play(): Promise<void> {
    this.#wantsPlay = true;
    this.#feeder.retry();
    this.output.connect();
    // Playing an element that has ended would begin it again.
    if (this.element.ended && this.#target === null) return;
    await this.element.play();
  }

  unlock(): void {
    if (!this.#wantsPlay) unlockElement(this.element);
  }

  pause(): void {
    this.#wantsPlay = false;
    this.element.pause();
    this.#scheduledFor = null;
    this.output.setGain(this.#gain);
    this.listener.changed();
  }

  seek(positionMs: number): void {
    if (this.#current) this.#goTo(this.#current, positionMs);
  }

  setRate(rate: number): void {
    if (this.element.playbackRate === rate) return;
    // Corrections are too small to be heard as pitch, and keeping the pitch would cut and join the sound.
    this.element.preservesPitch = false;
    this.element.playbackRate = rate;
    this.element.defaultPlaybackRate = rate;
  }

  retry(): void {
    this.#feeder.retry();
  }

  stop(): void {
    this.#wantsPlay = false;
    this.element.pause();
    this.#current = this.#target = null;
    if (this.#feeder.spans.length > 0) this.#feeder.begin([]);
    this.listener.changed();
  }

  dispose(): void {
    this.stop();
    this.#events.abort();
    if (this.#watch !== null) clearTimeout(this.#watch);
    this.#feeder.dispose();
    this.element.removeAttribute('src');
    this.element.load();
  }

  // What the feeder asks and tells.

  now(): number {
    return this.#target ?? this.element.currentTime;
  }

  timelineReady(duration: number): void {
    const target = this.#target;
    if (target === null || this.element.readyState < 1 || !(duration >= target)) return;
    this.#target = null;
    this.element.currentTime = target;
    if (this.#wantsPlay && this.element.paused) this.element.play().catch(() => {});
    this.#look();
  }

  reattached(now: number): void {
    this.#target = now;
    if (this.#wantsPlay) this.element.play().catch(() => {});
  }

  nudge(to: number): void {
    this.element.currentTime = to;
  }

  trackFailed(track: EngineTrack, error: MediaError): void {
    if (this.#current?.track.key === track.key) {
      this.#current = null;
      this.element.pause();
    }
    this.listener.trackFailed(track.key, error);
  }

  trouble(error: MediaError | null): void {
    this.listener.trouble(error);
  }

  blocked(track: EngineTrack): void {
    this.listener.blocked(track.key);
  }

  changed(): void {
    this.#look();
    this.listener.changed();
  }

  #goTo(span: Span, positionMs: number): void {
    const end = span.lengthS ?? Number.POSITIVE_INFINITY;
    // Never onto the first sample of the track behind.
    const time = span.start + Math.min(Math.max(0, positionMs / 1000), Math.max(0, end - 0.05));
    const changes = this.#current !== span;
    this.#current = span;
    this.#scheduledFor = null;
    this.#gain = this.#gainOf(span);
    this.output.setGain(this.#gain);
    this.#target = time;
    this.#feeder.moved();
    this.timelineReady(this.element.duration);
    if (changes) this.listener.trackChanged(span.track.key);
    this.listener.changed();
  }

  /** Sees over which seams the playhead went, and what to prepare for the next. */
  #look(): void {
    if (this.#target !== null || !this.#current) return;
    const time = this.element.currentTime;
    const { spans } = this.#feeder;
    const entered = spans.findLast((span) => span.start <= time + 0.000_1);
    if (entered && entered !== this.#current && spans.indexOf(entered) > spans.indexOf(this.#current)) {
      this.#current = entered;
      this.#gain = this.#gainOf(entered);
      this.#scheduledFor = null;
      this.listener.trackChanged(entered.track.key);
    } else if (this.#scheduledFor === null && this.#current.open) {
      this.#setGain(this.#gainOf(this.#current));
    }
    this.#prepareSeam(time);
  }

  #prepareSeam(time: number): void {
    const end = this.#current?.end;
    const { spans } = this.#feeder;
    const next = this.#current ? spans[spans.indexOf(this.#current) + 1] : undefined;
    if (end == null || this.element.paused) return;
    const left = (end - time) / this.element.playbackRate;
    if (next?.open && left < SCHEDULE_GAIN_S && left > 0 && this.#scheduledFor !== next) {
      this.#scheduledFor = next;
      const gain = this.#gainOf(next);
      if (gain !== this.#gain) this.output.setGain(gain, left);
    }
    if (left < WATCH_SEAM_S && left > 0 && this.#watch === null) {
      this.#watch = setTimeout(() => {
        this.#watch = null;
        this.#look();
      }, left * 1000);
    }
  }

  #setGain(gain: number): void {
    if (gain === this.#gain) return;
    this.#gain = gain;
    this.output.setGain(gain);
  }

  /** Decided once for each span: tracks of an album that follow each other keep the loudness of the first. */
  #gainOf(span: Span): number {
    if (!this.options.normalizes()) return 1;
    if (span.gain === null && span.open) {
      const { spans } = this.#feeder;
      const before = spans[spans.indexOf(span) - 1];
      const isSameAlbum = before?.track.albumId != null && before.track.albumId === span.track.albumId;
      const { loudness } = span.open.media;
      span.gain = continuedGain(loudness, isSameAlbum ? before.gain : null);
    }
    return span.gain ?? this.#gain;
  }

  #ended(): void {
    // The queue may have been made longer in the meantime: then the feeder goes on, and so does the sound.
    const { spans } = this.#feeder;
    if (this.#current && spans.at(-1) !== this.#current) {
      this.#target = this.element.currentTime;
      return;
    }
    this.listener.ended();
  }

  /** Nothing is left to play. Firefox's element says HAVE_FUTURE_DATA all the same when its sound goes through Web Audio. */
  #isDry(now: number, buffered: number): boolean {
    const end = this.#feeder.spans.at(-1)?.end ?? Number.POSITIVE_INFINITY;
    return this.element.readyState < 3 || (buffered - now < 0.001 && now < end - 0.05);
  }

  #elementFailed(): void {
    const isOfOutput = isOutputError(this.element.error);
    if (isOfOutput) this.#wantsPlay = false;
    this.#feeder.elementFailed(isOfOutput);
    if (isOfOutput) this.listener.noOutput();
  }

  #paused(): void {
    if (!this.#current || this.#target !== null || !isInterruption(this.element, this.#wantsPlay)) return;
    this.#wantsPlay = false;
    this.listener.interrupted();
  }
}

/**
 * Whether an element gave up because nothing here sounds. Firefox does so on a machine without an audio device, and calls it an
 * error of decoding ("OnMediaSinkAudioError"); Chromium plays in silence there.
 */
function isOutputError(error: globalThis.MediaError | null): boolean {
  return error?.message.includes('MediaSink') ?? false;
}
