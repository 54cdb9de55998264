/** What the engine plays and where its bytes come from. Sources (network, cache) implement `SegmentSource`. */

import type { PlayerErrorReason } from '../types';
import type { Gapless } from './timeline';

export type Codec = 'AAC' | 'FLAC';

/** One encoding of a track that can be fetched by segments. */
export interface RenditionInfo {
  /** `aac-128`, `flac`: unique within the track, the same for each of its playlists. */
  readonly name: string;
  readonly codec: Codec;
  readonly bitrateKbps: number | null;
  readonly lossless: boolean;
  /** Peak, bit/s. */
  readonly bandwidth: number;
  /** An estimate while the track is being encoded: see `TrackMedia.finished`. */
  readonly gapless: Gapless;
}

export interface Loudness {
  readonly trackGainDb: number;
  readonly truePeakDbtp: number;
}

/** A track as it can be played now. Renewed while it is being encoded. */
export interface TrackMedia {
  readonly durationMs: number;
  readonly playableUntilMs: number;
  /** Its figures are exact. */
  readonly finished: boolean;
  readonly loudness: Loudness | null;
  /** Ascending by bandwidth, of codecs that this browser decodes. Empty: only `directUrl` can be played. */
  readonly renditions: readonly RenditionInfo[];
  /** What an `<audio>` without Media Source plays by itself: HLS, or a file. Null: nothing (offline). */
  readonly directUrl: string | null;
  /** It comes from this device. */
  readonly offline: boolean;
}

/** The segments of a rendition that are there. */
export interface SegmentList {
  /** Seconds, as EXTINF says. */
  readonly durations: readonly number[];
  readonly ended: boolean;
}

/** A track that was opened. All methods reject with `MediaError`, or with an `AbortError` of their signal. */
export interface OpenTrack {
  readonly media: TrackMedia;
  /** The list as it is known; `reload` asks again when it has not ended. */
  segments(rendition: RenditionInfo, reload: boolean, signal: AbortSignal): Promise<SegmentList>;
  init(rendition: RenditionInfo, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  segment(rendition: RenditionInfo, index: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

export interface SegmentSource {
  /** Opens a track; rejects with a `MediaError` where it cannot be played. */
  open(trackId: string, signal: AbortSignal): Promise<OpenTrack>;
}

/** Why media cannot be had. */
export class MediaError extends Error {
  constructor(
    readonly reason: PlayerErrorReason,
    /** Whether it may work later: the network is gone, a service is away. */
    readonly retriable: boolean,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'MediaError';
  }
}

/** What `SourceBuffer`s and `isTypeSupported` are asked for. */
export const MIME_TYPES: Readonly<Record<Codec, string>> = {
  AAC: 'audio/mp4; codecs="mp4a.40.2"',
  FLAC: 'audio/mp4; codecs="flac"',
};
