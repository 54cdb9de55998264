/** A track on a deck's timeline, with what is known of its media; and the bytes that were fetched ahead of the buffer. */

import type { EngineTrack } from './deck';
import type { OpenTrack, RenditionInfo, SegmentList } from './media';
import type { SpanView } from './scheduler';
import { lengthOf } from './timeline';

export class Span {
  open: OpenTrack | null = null;
  /** The rendition of which segments are fetched now. */
  rendition: RenditionInfo | null = null;
  list: SegmentList | null = null;
  /** Where the track ends on the timeline; null while that is not known exactly. */
  end: number | null = null;
  /** When the list last grew, by `performance.now()`. */
  grewAt = performance.now();
  /** Its loudness factor; null until it is decided. */
  gain: number | null = null;

  constructor(
    readonly track: EngineTrack,
    readonly start: number,
  ) {}

  /** Takes in a list; with the list's end the track's end is known. */
  setList(rendition: RenditionInfo, list: SegmentList): void {
    if (list.durations.length > (this.list?.durations.length ?? 0)) this.grewAt = performance.now();
    // The figures of a rendition become exact when it is finished, and are then those of a newer object.
    this.rendition = this.open?.media.renditions.find(({ name }) => name === rendition.name) ?? rendition;
    this.list = list;
    if (list.ended && this.open?.media.finished) this.end ??= this.start + lengthOf(this.rendition.gapless);
  }

  view(): SpanView {
    const { start, end, rendition, list } = this;
    const listed = list && rendition ? { ...list, gapless: rendition.gapless } : null;
    return { start, end, opened: this.open !== null, list: listed };
  }

  /** Exact, or the plan's estimate; null before the track is opened. */
  get lengthS(): number | null {
    if (this.end !== null) return this.end - this.start;
    return this.open ? this.open.media.durationMs / 1000 : null;
  }
}

/** Names a segment among those of a deck. */
export function segmentKey({ track }: Span, rendition: RenditionInfo, index: number): string {
  return `${track.key}/${rendition.name}/${index}`;
}

/** How much may wait outside of the browser's buffer. */
const MAX_BYTES = 48 * 1024 * 1024;

/** Segments that were fetched before the browser's buffer had room for them; the oldest go first. */
export class ReadAhead {
  readonly #segments = new Map<string, Uint8Array<ArrayBuffer>>();
  #bytes = 0;

  has(key: string): boolean {
    return this.#segments.has(key);
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  put(key: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.take(key);
    this.#segments.set(key, bytes);
    this.#bytes += bytes.byteLength;
    for (const oldest of this.#segments.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.take(oldest);
    }
  }

  take(key: string): Uint8Array<ArrayBuffer> | null {
    const bytes = this.#segments.get(key) ?? null;
    this.#segments.delete(key);
    this.#bytes -= bytes?.byteLength ?? 0;
    return bytes;
  }

  clear(): void {
    this.#segments.clear();
    this.#bytes = 0;
  }
}
