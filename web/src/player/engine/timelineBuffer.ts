/** The media source of one element with its buffer: attached, made for the first codec, and filled span by span. */

import type { Capabilities } from './capabilities';
import type { RenditionInfo } from './media';
import { AppendError, SerialBuffer } from './serialBuffer';
import type { Span } from './span';
import { type AppendPlacement, placementOf, type Ranges } from './timeline';

export class TimelineBuffer {
  #mediaSource: (MediaSource & { streaming?: boolean }) | null = null;
  #opened: Promise<void> = Promise.resolve();
  #buffer: SerialBuffer | null = null;
  /** The initialization segment that was appended last. */
  #init = '';

  constructor(
    readonly element: HTMLAudioElement,
    readonly capabilities: Capabilities,
    /** A managed media source wants data. */
    readonly onDemand: () => void,
  ) {}

  get isAttached(): boolean {
    return this.#mediaSource !== null;
  }

  get ranges(): Ranges {
    return this.#buffer?.ranges ?? [];
  }

  get duration(): number {
    return this.#mediaSource?.duration ?? 0;
  }

  /** False: a managed media source wants no more for now. */
  get isStreaming(): boolean {
    return this.#mediaSource?.streaming !== false;
  }

  /** The codec that the buffer is bound to; null: any. */
  get boundCodec() {
    return this.capabilities.changeType ? null : (this.#buffer?.codec ?? null);
  }

  /** Gives the element a new media source; what was buffered is gone. */
  attach(): void {
    const Source = this.capabilities.mediaSource;
    if (!Source) throw new Error('this deck needs a media source');
    const mediaSource = new Source();
    if (this.capabilities.managed) {
      this.element.disableRemotePlayback = true;
      mediaSource.addEventListener('startstreaming', this.onDemand);
    }
    const url = URL.createObjectURL(mediaSource);
    this.#opened = new Promise((resolve) => {
      const opened = () => {
        URL.revokeObjectURL(url);
        resolve();
      };
      mediaSource.addEventListener('sourceopen', opened, { once: true });
    });
    this.#buffer?.abandon();
    this.element.src = url;
    this.#mediaSource = mediaSource;
    this.#buffer = null;
    this.#init = '';
  }

  /** Makes the buffer ready for a span: of its codec, and as long as the span is. */
  async prepare(span: Span): Promise<void> {
    await this.#opened;
    if (!this.#mediaSource || !span.rendition) return;
    this.#buffer ??= SerialBuffer.create(this.#mediaSource, span.rendition.codec);
    await this.#buffer.extend(span.start + (span.lengthS ?? 0));
  }

  /** Whether the initialization segment of a span has to be appended before its segments. */
  needsInit(span: Span, rendition: RenditionInfo): boolean {
    return this.#init !== initKey(span, rendition);
  }

  async appendInit(span: Span, rendition: RenditionInfo, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const buffer = this.#prepared;
    await buffer.changeType(rendition.codec);
    await buffer.append(bytes, placementOf(span.start, rendition.gapless, null));
    this.#init = initKey(span, rendition);
  }

  /** Rejects with `BufferFullError` and `AppendError`. */
  async append(bytes: Uint8Array<ArrayBuffer>, placement: AppendPlacement): Promise<void> {
    await this.#prepared.append(bytes, placement);
  }

  get #prepared(): SerialBuffer {
    if (!this.#buffer) throw new AppendError('the buffer was not prepared');
    return this.#buffer;
  }

  /** Removes what lies between two times. Behind a removal at the end the next span begins with its initialization. */
  async remove(start: number, end = Number.POSITIVE_INFINITY): Promise<void> {
    if (end === Number.POSITIVE_INFINITY) this.#init = '';
    await this.#buffer?.remove(start, end);
  }

  /** Nothing follows. */
  async end(): Promise<void> {
    await this.#buffer?.end();
  }
}

function initKey(span: Span, rendition: RenditionInfo): string {
  return `${span.track.key}/${rendition.name}`;
}
