/** Segments over the network: by `playbackPlan`, our HLS playlists and signed URLs, which are renewed when they expire. */

import { type Fetch, fetchBytes, fetchText, StatusError } from './fetchBytes';
import { type MediaPlaylist, PlaylistError, parsePlaylist, type Resource, type Variant } from './hls';
import {
  type Codec,
  type Loudness,
  MediaError,
  type OpenTrack,
  type RenditionInfo,
  type SegmentList,
  type SegmentSource,
  type TrackMedia,
} from './media';
import type { ThroughputMeter } from './throughput';
import type { Gapless } from './timeline';

/** `Track.playbackPlan` of the API. */
export interface PlaybackPlan {
  readonly mode: 'HLS' | 'DIRECT';
  readonly url: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly durationMs: number;
  readonly playableUntilMs: number;
  readonly loudness: Loudness | null;
  readonly renditions: readonly {
    readonly codec: 'AAC' | 'FLAC' | 'MP3' | 'OPUS';
    readonly bitrateKbps: number | null;
    readonly lossless: boolean;
    readonly sizeBytes: number;
    readonly gapless: Gapless;
  }[];
}

/** Where plans come from. */
export interface PlanPort {
  /** Null: there is nothing (any more, or yet) that this viewer can play. Rejects with a retriable `MediaError`. */
  plan(trackId: string, signal: AbortSignal): Promise<PlaybackPlan | null>;
}

/** Plans are renewed this long before they expire. */
const RENEW_BEFORE_MS = 60_000;

export interface NetworkSourceOptions {
  readonly plans: PlanPort;
  readonly codecs: readonly Codec[];
  readonly meter: ThroughputMeter;
  readonly fetch?: Fetch;
}

export class NetworkSource implements SegmentSource {
  readonly #options: Required<NetworkSourceOptions>;

  constructor(options: NetworkSourceOptions) {
    this.#options = { fetch: (input, init) => globalThis.fetch(input, init), ...options };
  }

  async open(trackId: string, signal: AbortSignal): Promise<OpenTrack> {
    const track = new NetworkTrack(trackId, this.#options);
    await track.renew(signal);
    return track;
  }
}

class NetworkTrack implements OpenTrack {
  #media: TrackMedia | null = null;
  #expiresAt = 0;
  #variants = new Map<string, Variant>();
  #playlists = new Map<string, MediaPlaylist>();
  #renewing: Promise<void> | null = null;

  constructor(
    readonly trackId: string,
    readonly options: Required<NetworkSourceOptions>,
  ) {}

  get media(): TrackMedia {
    if (!this.#media) throw new Error('a track is opened before it is used');
    return this.#media;
  }

  /** Fetches a new plan and forgets the URLs of the one before. Calls at the same time share one. */
  renew(signal: AbortSignal): Promise<void> {
    this.#renewing ??= this.#renew(signal).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const plan = await this.options.plans.plan(this.trackId, signal);
    if (!plan) throw new MediaError('TRACK_UNAVAILABLE', false, 'the track has no playable rendition');
    const variants = plan.mode === 'HLS' ? await this.#fetchVariants(plan.url, signal) : [];
    const renditions = pair(plan, variants, this.options.codecs);
    this.#variants = new Map(renditions.map(([rendition, variant]) => [rendition.name, variant]));
    this.#playlists.clear();
    this.#expiresAt = Date.parse(plan.expiresAt);
    this.#media = {
      durationMs: plan.durationMs,
      playableUntilMs: plan.playableUntilMs,
      finished: plan.renditions.every((rendition) => rendition.sizeBytes > 0),
      loudness: plan.loudness,
      renditions: renditions.map(([rendition]) => rendition),
      directUrl: plan.url,
      offline: false,
    };
  }

  async segments(rendition: RenditionInfo, reload: boolean, signal: AbortSignal): Promise<SegmentList> {
    const known = this.#playlists.get(rendition.name);
    const list = known && (known.ended || !reload) ? known : await this.#load(rendition, signal);
    if (list.ended && !this.media.finished) {
      // The exact figures are there now: they decide where the last segment is cut.
      await this.renew(signal);
      this.#playlists.set(rendition.name, list);
    }
    return { durations: list.segments.map((segment) => segment.durationS), ended: list.ended };
  }

  init(rendition: RenditionInfo, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return this.#fetch(rendition, (list) => list.segments[0]?.map ?? null, signal, false);
  }

  segment(rendition: RenditionInfo, index: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return this.#fetch(rendition, (list) => list.segments[index] ?? null, signal, true);
  }

  async #fetch(
    rendition: RenditionInfo,
    choose: (list: MediaPlaylist) => Resource | null,
    signal: AbortSignal,
    measured: boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { fetch, meter } = this.options;
    const attempt = async () => {
      const list = this.#playlists.get(rendition.name) ?? (await this.#load(rendition, signal));
      const resource = choose(list);
      if (!resource) throw new MediaError('TRACK_UNAVAILABLE', false, 'the segment is not in the playlist');
      return fetchBytes(fetch, resource, signal, measured ? meter : null);
    };
    return this.#withFreshUrls(attempt, signal);
  }

  #load(rendition: RenditionInfo, signal: AbortSignal): Promise<MediaPlaylist> {
    return this.#withFreshUrls(async () => {
      const variant = this.#variants.get(rendition.name);
      if (!variant) throw new MediaError('TRACK_UNAVAILABLE', false, `the rendition ${rendition.name} is gone`);
      const list = parse(await fetchText(this.options.fetch, variant.uri, signal), variant.uri);
      if (list.kind !== 'media') throw new MediaError('TRACK_UNAVAILABLE', false, 'not a media playlist');
      this.#playlists.set(rendition.name, list);
      return list;
    }, signal);
  }

  /** Runs something with URLs that are good; when they turn out not to be, once more with new ones. */
  async #withFreshUrls<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#expiresAt - RENEW_BEFORE_MS < Date.now()) await this.renew(signal);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StatusError && error.isStale)) throw error;
      await this.renew(signal);
      return attempt();
    }
  }

  async #fetchVariants(url: string, signal: AbortSignal): Promise<readonly Variant[]> {
    const list = parse(await fetchText(this.options.fetch, url, signal), url);
    if (list.kind !== 'multivariant') throw new MediaError('TRACK_UNAVAILABLE', false, 'not a multivariant playlist');
    return list.variants;
  }
}

function parse(text: string, url: string): ReturnType<typeof parsePlaylist> {
  try {
    return parsePlaylist(text, url);
  } catch (error) {
    if (!(error instanceof PlaylistError)) throw error;
    throw new MediaError('TRACK_UNAVAILABLE', false, 'the playlist cannot be read', { cause: error });
  }
}

/**
 * Finds the variant of each rendition that the browser decodes. Both lists are of the same renditions; a variant that came
 * between the two answers is left out.
 */
function pair(
  plan: PlaybackPlan,
  variants: readonly Variant[],
  codecs: readonly Codec[],
): readonly (readonly [RenditionInfo, Variant])[] {
  const byBandwidth = variants.toSorted((one, other) => one.bandwidth - other.bandwidth);
  const pairs = codecs
    .flatMap((codec) => {
      const listed = byBandwidth.filter((variant) => codecOf(variant.codecs) === codec);
      const known = plan.renditions
        .filter((rendition) => rendition.codec === codec)
        .toSorted((one, other) => (one.bitrateKbps ?? 0) - (other.bitrateKbps ?? 0));
      return known.slice(0, listed.length).map((rendition, index) => {
        const variant = listed[index] as Variant;
        const { bitrateKbps, lossless, gapless } = rendition;
        const name = codec === 'FLAC' ? 'flac' : `aac-${bitrateKbps ?? index}`;
        return [{ name, codec, bitrateKbps, lossless, gapless, bandwidth: variant.bandwidth }, variant] as const;
      });
    })
    .toSorted(([one], [other]) => one.bandwidth - other.bandwidth);
  // What is simple may take less without loss than with: then there is no reason to lose anything.
  const lossless = pairs.find(([rendition]) => rendition.lossless)?.[0];
  return pairs.filter(([{ bandwidth }]) => !lossless || bandwidth <= lossless.bandwidth);
}

function codecOf(codecs: string): Codec | null {
  if (/^flac$/i.test(codecs)) return 'FLAC';
  return codecs.startsWith('mp4a.40') ? 'AAC' : null;
}
