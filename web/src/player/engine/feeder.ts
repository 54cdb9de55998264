/** Keeps one media timeline filled: opens tracks, chooses rungs, appends segments, evicts, waits, tries again. */

import type { Capabilities } from './capabilities';
import type { EngineTrack } from './deck';
import { MediaError, type OpenTrack, type RenditionInfo, type SegmentSource } from './media';
import { restoreAacFrameDurations } from './mp4';
import { abortable, Bell, backoffMs, isAbort } from './retry';
import { goalsOf, nextStep, type Step } from './scheduler';
import { AppendError, BufferFullError } from './serialBuffer';
import { ReadAhead, Span, segmentKey } from './span';
import { chooseRung, type ThroughputMeter } from './throughput';
import { bufferedUntil, placementOf, segmentAt, segmentStart } from './timeline';
import { TimelineBuffer } from './timelineBuffer';
import { TrackOpener } from './trackOpener';

export interface FeederOptions {
  readonly source: SegmentSource;
  readonly capabilities: Capabilities;
  readonly meter: ThroughputMeter;
  /** Little is fetched ahead, for a connection that is paid by volume. */
  readonly savesData: () => boolean;
}

/** The deck, as the feeder needs it. */
export interface FeederHost {
  readonly element: HTMLAudioElement;
  /** Where the playhead is or is about to be. */
  now(): number;
  /** The timeline has changed: a wanted position may be reachable now. */
  timelineReady(duration: number): void;
  /** Everything buffered is lost; the element has a new media source. `now` is where it was before. */
  reattached(now: number): void;
  nudge(to: number): void;
  trackFailed(track: EngineTrack, error: MediaError): void;
  trouble(error: MediaError | null): void;
  blocked(track: EngineTrack): void;
  changed(): void;
}

const MIN_GOAL_S = 6;
const IDLE_MS = 400;
const RELOAD_MS = 1_000;
/** A list that has not grown for so long: is it still being encoded? */
const GROWTH_TIMEOUT_MS = 60_000;
/** After so many attempts in a row, about 5 minutes, it waits to be rung. */
const MAX_ATTEMPTS = 40;
const UNTIL_RUNG_MS = 2 ** 31 - 1;
/** Two failures of the media source within this time are the track's fault. */
const REATTACH_WINDOW_MS = 10_000;

export class Feeder {
  readonly bell = new Bell();
  readonly spans: Span[] = [];
  #queue: EngineTrack[] = [];
  readonly #buffer: TimelineBuffer;
  /** The segment that was appended last, and where: see `#appendedAgain`. */
  #lastAppend = '';
  #aborter = new AbortController();
  #lifetime = new AbortController();
  readonly #opener: TrackOpener;
  readonly #readAhead = new ReadAhead();
  /** How much the browser's buffer takes ahead, learned from its refusals. */
  #room = Number.POSITIVE_INFINITY;
  #attempts = 0;
  #reattachedAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly host: FeederHost,
    readonly options: FeederOptions,
  ) {
    this.#opener = new TrackOpener(options.source, this.#lifetime.signal);
    this.#buffer = new TimelineBuffer(host.element, options.capabilities, () => this.bell.ring());
    void this.#run();
  }

  get ranges() {
    return this.#buffer.ranges;
  }

  /** Lays `tracks` on a new piece of the timeline; gives the time at which the first begins. */
  begin(tracks: readonly EngineTrack[]): number {
    this.#abort();
    if (!this.#buffer.isAttached) this.#buffer.attach();
    const behind = Math.max(this.host.now(), this.ranges.at(-1)?.[1] ?? 0, this.spans.at(-1)?.end ?? 0);
    const start = this.spans.length === 0 ? 0 : Math.ceil(behind) + 1;
    this.spans.length = 0;
    this.#queue = [...tracks];
    this.#readAhead.clear();
    this.#lastAppend = '';
    this.#buffer.remove(0).catch(() => {});
    if (tracks[0]) this.spans.push(new Span(tracks[0], start));
    this.#queue.shift();
    this.bell.ring();
    return start;
  }

  /** Replaces what follows `current`; what is buffered of tracks that stay next is kept. */
  setUpcoming(current: Span, tracks: readonly EngineTrack[]): void {
    const following = this.spans.slice(this.spans.indexOf(current) + 1);
    const kept = following.findIndex((span, index) => span.track.key !== tracks[index]?.key);
    const removed = kept === -1 ? [] : following.slice(kept);
    if (removed[0]) {
      this.#abort();
      this.spans.splice(this.spans.indexOf(removed[0]));
      this.#buffer.remove(removed[0].start).catch(() => {});
    }
    this.#queue = tracks.slice(following.length - removed.length);
    this.bell.ring();
  }

  /** The playhead was moved: what is fetched may not be what is needed. */
  moved(): void {
    this.#abort();
    this.#lastAppend = '';
    this.bell.ring();
  }

  retry(): void {
    this.#attempts = 0;
    this.bell.ring();
  }

  dispose(): void {
    this.#lifetime.abort();
    this.#aborter.abort();
    this.bell.ring();
  }

  #abort(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.#attempts = 0;
  }

  async #run(): Promise<void> {
    while (!this.#lifetime.signal.aborted) {
      const { signal } = this.#aborter;
      let wait = IDLE_MS;
      try {
        wait = await this.#perform(this.#next(), signal);
      } catch (error) {
        wait = isAbort(error) || signal.aborted ? 0 : this.#recover(error);
      }
      this.host.changed();
      await this.bell.wait(wait);
    }
  }

  #next(): Step {
    const last = this.spans.at(-1);
    if (last?.end != null && this.#queue[0]) this.spans.push(new Span(this.#queue.shift() as EngineTrack, last.end));
    return nextStep({
      now: this.host.now(),
      ranges: this.ranges,
      spans: this.spans.map((span) => span.view()),
      goal: Math.min(this.#goal, this.#room),
      prefetchAt: goalsOf(this.#buffer.isStreaming, this.options.savesData()).prefetchAt,
      queueEnds: this.#queue.length === 0,
    });
  }

  get #goal(): number {
    return goalsOf(this.#buffer.isStreaming, this.options.savesData()).goal;
  }

  /** Takes a step; gives how long to wait before the next, in milliseconds. */
  async #perform(step: Step, signal: AbortSignal): Promise<number> {
    switch (step.kind) {
      case 'open':
        return this.#open(this.#span(step.span), signal);
      case 'list':
        return this.#list(this.#span(step.span), step.reload, signal);
      case 'append':
        return this.#append(this.#span(step.span), step.from, signal);
      case 'evict':
        await this.#buffer.remove(0, step.until);
        while (this.spans[0]?.end != null && this.spans[0].end < step.until) this.spans.shift();
        return 0;
      case 'nudge':
        this.host.nudge(step.to);
        return IDLE_MS;
      case 'close':
        this.#span(step.span).end = step.end;
        return 0;
      case 'end':
        await this.#buffer.end();
        return IDLE_MS;
      case 'idle':
        return this.#idle(signal);
    }
  }

  #span(index: number): Span {
    return this.spans[index] as Span;
  }

  async #open(span: Span, signal: AbortSignal): Promise<number> {
    // The opening goes on for later, but nothing waits for it that has become something else meanwhile.
    span.open = await abortable(this.#opener.open(span.track), signal);
    this.#settled();
    const { media } = span.open;
    if (media.renditions.length === 0)
      throw new MediaError('UNSUPPORTED_CODEC', false, 'the browser decodes no rendition of the track');
    return 0;
  }

  async #list(span: Span, reload: boolean, signal: AbortSignal): Promise<number> {
    const open = span.open as OpenTrack;
    const rendition = span.rendition ?? this.#rung(span, 0);
    if (!rendition) return this.#block(span);
    const list = await open.segments(rendition, reload, signal);
    signal.throwIfAborted();
    span.setList(rendition, list);
    this.#settled();
    await abortable(this.#buffer.prepare(span), signal);
    this.host.timelineReady(this.#buffer.duration);
    if (span.end !== null) await this.#trim(span, span.end);
    if (!reload) return 0;
    if (performance.now() - span.grewAt > GROWTH_TIMEOUT_MS) {
      span.grewAt = performance.now();
      await this.#opener.checkEncoding(span.track);
    }
    return list.ended ? 0 : RELOAD_MS;
  }

  /** The exact end came after the last segment was appended with an open window: it is appended again, or let be. */
  async #trim(span: Span, end: number): Promise<void> {
    const head = bufferedUntil(this.ranges, end - 0.001);
    if (head === null || head <= end + 0.000_5 || this.spans.at(-1) !== span || !span.list || !span.rendition) return;
    const { durations } = span.list;
    const last = span.start + segmentStart(durations, durations.length - 1, span.rendition.gapless);
    if (this.host.now() < last - 0.5) await this.#buffer.remove(last);
    else span.end = head;
  }

  /** The rendition to fetch next; null: the buffer takes none of them. */
  #rung(span: Span, ahead: number): RenditionInfo | null {
    const all = span.open?.media.renditions ?? [];
    const codec = this.#buffer.boundCodec;
    const rungs = codec ? all.filter((rendition) => rendition.codec === codec) : all;
    if (rungs.length === 0) return null;
    const current = rungs.find(({ name }) => name === span.rendition?.name) ?? null;
    return chooseRung(rungs, this.options.meter.bitsPerSecond, current, ahead);
  }

  #block(span: Span): number {
    const index = this.spans.indexOf(span);
    if (index === 0) this.#reattach();
    else {
      this.spans.splice(index);
      this.#queue = [];
      this.host.blocked(span.track);
    }
    return 0;
  }

  async #append(span: Span, from: number, signal: AbortSignal): Promise<number> {
    const ahead = from - this.host.now();
    const rendition = this.#rung(span, ahead);
    if (!rendition) return this.#block(span);
    const switched = rendition.name !== span.rendition?.name;
    if (switched) span.setList(rendition, await (span.open as OpenTrack).segments(rendition, false, signal));
    const { list } = span;
    const chosen = span.rendition as RenditionInfo;
    if (!list) return 0;
    const index = segmentAt(list.durations, chosen.gapless, from - span.start);
    if (index >= list.durations.length) return switched ? RELOAD_MS : 0;
    const key = segmentKey(span, chosen, index);
    const append = `${key}@${from.toFixed(3)}`;
    if (append === this.#lastAppend) return this.#appendedAgain(span, from);
    const bytes = await this.#fetch(span, chosen, index, signal);
    await this.#appendInit(span, chosen, signal);
    const placement = placementOf(span.start, chosen.gapless, list.ended ? span.end : null);
    // What plays up to here came from another rung: it stays, to the sample.
    const windowStart = switched ? Math.max(placement.windowStart, from) : placement.windowStart;
    signal.throwIfAborted();
    try {
      await this.#buffer.append(bytes, { ...placement, windowStart });
    } catch (error) {
      if (error instanceof BufferFullError) this.#readAhead.put(key, bytes);
      throw error;
    }
    this.#lastAppend = append;
    this.#settled();
    this.host.timelineReady(this.#buffer.duration);
    this.#opener.openAhead(this.#queue);
    return 0;
  }

  async #fetch(span: Span, rendition: RenditionInfo, index: number, signal: AbortSignal) {
    const ready = this.#readAhead.take(segmentKey(span, rendition, index));
    if (ready) return ready;
    const bytes = await (span.open as OpenTrack).segment(rendition, index, signal);
    signal.throwIfAborted();
    if (rendition.codec === 'AAC') restoreAacFrameDurations(bytes);
    return bytes;
  }

  async #appendInit(span: Span, rendition: RenditionInfo, signal: AbortSignal): Promise<void> {
    if (!this.#buffer.needsInit(span, rendition)) return;
    const bytes = await (span.open as OpenTrack).init(rendition, signal);
    signal.throwIfAborted();
    await this.#buffer.appendInit(span, rendition, bytes);
  }

  /** A segment that was just appended and is asked for again added nothing: what is buffered is all there is of it. */
  #appendedAgain(span: Span, from: number): number {
    this.#lastAppend = '';
    if (!span.list?.ended) throw new MediaError('UNSUPPORTED_CODEC', false, 'a segment adds no sound');
    span.end = from;
    return 0;
  }

  /** With the browser's buffer full, what comes next is fetched into memory. */
  async #idle(signal: AbortSignal): Promise<number> {
    const now = this.host.now();
    const head = bufferedUntil(this.ranges, now);
    const span = this.spans.find((one) => head !== null && head < (one.end ?? 0));
    const { rendition, list, open } = span ?? {};
    if (head === null || !span || !rendition || !list || !open || head - now >= this.#goal) return IDLE_MS;
    const first = segmentAt(list.durations, rendition.gapless, head - span.start);
    for (let index = first; index < list.durations.length && !this.#readAhead.isFull; index += 1) {
      if (span.start + segmentStart(list.durations, index, rendition.gapless) - now > this.#goal) break;
      const key = segmentKey(span, rendition, index);
      if (this.#readAhead.has(key)) continue;
      this.#readAhead.put(key, await this.#fetch(span, rendition, index, signal));
      return 0;
    }
    return IDLE_MS;
  }

  #settled(): void {
    if (this.#attempts > 0) this.host.trouble(null);
    this.#attempts = 0;
  }

  /** What to do about an error of a span's; gives how long to wait. */
  #recover(error: unknown, span = this.#spanInNeed()): number {
    if (error instanceof BufferFullError) return this.#makeRoom();
    if (error instanceof MediaError && !error.retriable) return this.#fail(span, error);
    if (error instanceof MediaError) {
      this.#attempts += 1;
      this.host.trouble(error);
      return this.#attempts >= MAX_ATTEMPTS ? UNTIL_RUNG_MS : backoffMs(this.#attempts);
    }
    const isAgain = performance.now() - this.#reattachedAt < REATTACH_WINDOW_MS;
    if (isAgain) {
      const reason = error instanceof AppendError ? 'UNSUPPORTED_CODEC' : 'UNEXPECTED';
      this.#fail(span, new MediaError(reason, false, String(error), { cause: error }));
    }
    this.#reattachedAt = performance.now();
    this.#reattach();
    return 0;
  }

  #spanInNeed(): Span | undefined {
    const now = this.host.now();
    return this.#spanAt(bufferedUntil(this.ranges, now) ?? now);
  }

  #spanAt(time: number): Span | undefined {
    return this.spans.find((span) => time < (span.end ?? Number.POSITIVE_INFINITY) - 0.001);
  }

  #fail(span: Span | undefined, error: MediaError): number {
    if (!span) return IDLE_MS;
    const behind = this.spans.splice(this.spans.indexOf(span)).slice(1);
    this.#queue.unshift(...behind.map((one) => one.track));
    this.host.trackFailed(span.track, error);
    return 0;
  }

  #makeRoom(): number {
    const now = this.host.now();
    const head = bufferedUntil(this.ranges, now) ?? now;
    this.#buffer.remove(0, now - 5).catch(() => {});
    this.#room = Math.max(MIN_GOAL_S, Math.min(this.#room, head - now) * 0.8);
    return 0;
  }

  /** The media source is broken (or takes only another codec): the same timeline goes on with a new one. */
  #reattach(): void {
    const now = this.host.now();
    // With its list a span gets its place in the new buffer.
    for (const span of this.spans) span.list = null;
    this.#lastAppend = '';
    this.#buffer.attach();
    this.host.reattached(now);
  }

  /** The element gave up: it could not decode what plays, however far ahead the buffer is filled; or nothing here sounds. */
  elementFailed(isOfOutput: boolean): void {
    this.#abort();
    if (isOfOutput) this.#reattach();
    else this.#recover(new AppendError('the browser cannot decode'), this.#spanAt(this.host.now()));
    this.bell.ring();
  }
}
