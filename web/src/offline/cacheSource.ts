/** Offline songs for the engine: from the cache where a track was downloaded, else from the network. */

import { MediaError, type OpenTrack, type SegmentSource, type TrackMedia } from '../player/engine/media';
import type { OfflineDatabase, OfflineTrack } from './database';
import type { Part, SegmentCache } from './segmentCache';

export class CacheSource implements SegmentSource {
  constructor(
    readonly database: OfflineDatabase,
    readonly cache: SegmentCache,
  ) {}

  /** Rejects with TRACK_UNAVAILABLE where the track was not downloaded. */
  async open(trackId: string): Promise<OpenTrack> {
    const track = await this.database.track(trackId);
    if (!track) throw new MediaError('TRACK_UNAVAILABLE', false, 'the track was not downloaded');
    return new CachedTrack(track, this.cache);
  }
}

class CachedTrack implements OpenTrack {
  readonly media: TrackMedia;

  constructor(
    readonly track: OfflineTrack,
    readonly cache: SegmentCache,
  ) {
    const { durationMs, loudness, rendition } = track;
    this.media = {
      durationMs,
      loudness,
      playableUntilMs: durationMs,
      finished: true,
      renditions: [rendition],
      directUrl: null,
      offline: true,
    };
  }

  async segments() {
    return { durations: this.track.durations, ended: true };
  }

  init(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#part('init');
  }

  segment(_rendition: unknown, index: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#part(index);
  }

  async #part(part: Part): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.cache.get(this.track.trackId, this.track.rendition.name, part);
    // Browsers that run out of room drop whole caches, whatever the index says.
    if (!bytes) throw new MediaError('TRACK_UNAVAILABLE', false, 'the browser has dropped the offline song');
    return bytes;
  }
}

/** What was downloaded is played from here, with and without a network. */
export class OfflineFirstSource implements SegmentSource {
  constructor(
    readonly cached: CacheSource,
    readonly network: SegmentSource,
  ) {}

  async open(trackId: string, signal: AbortSignal): Promise<OpenTrack> {
    const track = await this.cached.open(trackId).catch(() => null);
    if (!track) return this.network.open(trackId, signal);
    return new FallbackTrack(track, () => this.network.open(trackId, signal));
  }
}

/** A cached track that turns to the network when bytes are missing. */
class FallbackTrack implements OpenTrack {
  #current: OpenTrack;

  constructor(
    cached: OpenTrack,
    readonly openNetwork: () => Promise<OpenTrack>,
  ) {
    this.#current = cached;
  }

  get media(): TrackMedia {
    return this.#current.media;
  }

  segments: OpenTrack['segments'] = (...given) => this.#try((track) => track.segments(...given));
  init: OpenTrack['init'] = (rendition, signal) =>
    this.#try((track, own) => track.init(own ?? rendition, signal), rendition.name);
  segment: OpenTrack['segment'] = (rendition, index, signal) =>
    this.#try((track, own) => track.segment(own ?? rendition, index, signal), rendition.name);

  /** Segments of one encoding are cut alike, so playing goes on with the same number from the network. */
  async #try<T>(
    use: (track: OpenTrack, own: OpenTrack['media']['renditions'][number] | undefined) => Promise<T>,
    rendition = '',
  ): Promise<T> {
    const own = () => this.#current.media.renditions.find(({ name }) => name === rendition);
    try {
      return await use(this.#current, own());
    } catch (error) {
      if (!this.#current.media.offline || !(error instanceof MediaError)) throw error;
      this.#current = await this.openNetwork();
      return use(this.#current, own());
    }
  }
}
