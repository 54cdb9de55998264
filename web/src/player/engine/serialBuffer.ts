/** A `SourceBuffer` whose operations run one after the other, as promises. */

import { type Codec, MIME_TYPES } from './media';
import { type AppendPlacement, type Ranges, rangesOf } from './timeline';

/** The browser's buffer is full; something has to be played or removed first. */
export class BufferFullError extends Error {}

/** The browser refused the bytes: they are no media that it can decode. */
export class AppendError extends Error {}

export class SerialBuffer {
  #last: Promise<unknown> = Promise.resolve();
  #codec: Codec;
  #giveUp: () => void = () => {};

  constructor(
    readonly mediaSource: MediaSource,
    readonly buffer: SourceBuffer,
    codec: Codec,
  ) {
    this.#codec = codec;
  }

  static create(mediaSource: MediaSource, codec: Codec): SerialBuffer {
    return new SerialBuffer(mediaSource, mediaSource.addSourceBuffer(MIME_TYPES[codec]), codec);
  }

  get codec(): Codec {
    return this.#codec;
  }

  get ranges(): Ranges {
    return this.mediaSource.readyState === 'closed' ? [] : rangesOf(this.buffer.buffered);
  }

  /** Appends bytes where `placement` says. */
  append(bytes: Uint8Array<ArrayBuffer>, placement: AppendPlacement): Promise<void> {
    return this.#run(() => {
      const { buffer } = this;
      // In this order no pair of values on the way is invalid.
      buffer.appendWindowStart = 0;
      buffer.appendWindowEnd = placement.windowEnd;
      buffer.appendWindowStart = placement.windowStart;
      buffer.timestampOffset = placement.timestampOffset;
      buffer.appendBuffer(bytes);
    });
  }

  remove(start: number, end: number): Promise<void> {
    return this.#run(() => (end > start ? this.buffer.remove(Math.max(0, start), end) : undefined));
  }

  changeType(codec: Codec): Promise<void> {
    return this.#run(() => {
      if (codec !== this.#codec) this.buffer.changeType(MIME_TYPES[codec]);
      this.#codec = codec;
    });
  }

  /** Makes the timeline at least this long, so that one can seek there before the bytes are. */
  extend(end: number): Promise<void> {
    return this.#run(() => {
      const { mediaSource } = this;
      if (mediaSource.readyState !== 'open') return;
      if (!(mediaSource.duration >= end)) mediaSource.duration = end;
    });
  }

  /** Nothing follows what was appended: the last samples are played, then the element has ended. */
  end(): Promise<void> {
    return this.#run(() => {
      if (this.mediaSource.readyState === 'open') this.mediaSource.endOfStream();
    });
  }

  /** The element gets another media source: what is under way here is never answered, and rejects. */
  abandon(): void {
    this.#giveUp();
  }

  /** Runs an operation behind those that were asked for before, and waits until it has had its effect. */
  #run(operation: () => void): Promise<void> {
    const turn = this.#last.then(() => this.#perform(operation));
    this.#last = turn.catch(() => {});
    return turn;
  }

  #perform(operation: () => void): Promise<void> {
    const { buffer } = this;
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        buffer.removeEventListener('updateend', done);
        buffer.removeEventListener('error', failed);
        action();
      };
      const done = () => settle(resolve);
      const failed = () => settle(() => reject(new AppendError('the browser cannot decode the segment')));
      this.#giveUp = () => settle(() => reject(new DOMException('another media source', 'AbortError')));
      buffer.addEventListener('updateend', done);
      buffer.addEventListener('error', failed);
      try {
        operation();
        if (!buffer.updating) done();
      } catch (error) {
        settle(() => reject(isQuota(error) ? new BufferFullError('the buffer is full', { cause: error }) : error));
      }
    });
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}
