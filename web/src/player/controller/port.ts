/** What the controller needs of the API, without a word of how it is asked: tests answer it by themselves. */

import type { Connection, PlaySource, RepeatMode, TrackMeta } from '../types';

export interface DeviceFrame {
  readonly id: string;
  readonly name: string;
  readonly kind: 'DESKTOP' | 'PHONE' | 'TABLET' | 'TV' | 'SPEAKER' | 'WEB' | 'OTHER';
  readonly online: boolean;
  readonly volumePercent: number;
}

/** An entry of the queue, without what the catalog knows of its track. */
export interface QueueItemFrame {
  readonly itemId: string;
  /** Give it as `after` to go on behind this entry. */
  readonly cursor: string;
  readonly trackId: string | null;
  readonly addedBy: { readonly id: string } | null;
}

/** `PlaybackState` of the API: a full state, of which the newest is always right. */
export interface PlaybackFrame {
  /** The viewer's own, or that of a listening session. */
  readonly id: string;
  readonly version: number;
  readonly state: 'PLAYING' | 'PAUSED' | 'STOPPED';
  readonly trackId: string | null;
  /** What the catalog knows of it; null: it did not answer. */
  readonly track: TrackMeta | null;
  readonly durationMs: number | null;
  readonly playId: string | null;
  readonly anchorPositionMs: number;
  readonly anchorServerTime: number;
  readonly rate: number;
  readonly repeat: RepeatMode;
  readonly shuffle: boolean;
  readonly volumePercent: number;
  readonly activeDevice: DeviceFrame | null;
  readonly transferringTo: DeviceFrame | null;
  readonly changedByDeviceId: string | null;
  readonly listeningSessionId: string | null;
  /** What the track comes from. */
  readonly source: PlaySource | null;
  /** The request of another service that made the queue, as `playPlaylist` named it. */
  readonly requestId: string | null;
  readonly privateUntil: string | null;
  readonly queueIndex: number | null;
  /** The first entries, at most 100. */
  readonly queue: readonly QueueItemFrame[];
  readonly queueLength: number;
}

export interface UserError {
  readonly code: string;
  readonly message: string;
}

/** The answer of a command. */
export interface PlaybackPayload {
  readonly playback: PlaybackFrame | null;
  readonly userErrors: readonly UserError[];
}

export interface AckPayload {
  readonly ok: boolean;
  readonly userErrors: readonly UserError[];
}

type Based = { readonly baseVersion: number | null; readonly deviceId: string | null };
interface Operation<Variables, Data> {
  variables: Variables;
  data: Data;
}

/** What can be executed, by name. */
export interface Operations {
  registerDevice: Operation<
    { readonly installationId: string; readonly name: string },
    { readonly device: DeviceFrame | null; readonly userErrors: readonly UserError[] }
  >;
  playback: Operation<Record<string, never>, PlaybackFrame | null>;
  serverTime: Operation<Record<string, never>, number | null>;
  /** A page of 100 entries, with what the catalog knows. */
  queuePage: Operation<
    { readonly after: string | null },
    { readonly items: readonly QueueItemFrame[]; readonly tracks: readonly TrackMeta[] } | null
  >;
  /** The tracks of a context in order, by pages; `next` is the `after` of the next page. */
  contextTracks: Operation<
    {
      readonly kind: 'ALBUM' | 'PLAYLIST' | 'ARTIST' | 'LIKED' | 'SEARCH';
      readonly key: string;
      readonly after: string | null;
    },
    { readonly trackIds: readonly string[]; readonly next: string | null }
  >;
  setQueue: Operation<
    {
      /** Null: those of the album. */
      readonly trackIds: readonly string[] | null;
      readonly context: PlaySource | null;
      readonly startIndex: number | null;
      readonly startTrackId: string | null;
      readonly startPositionMs: number;
      readonly play: boolean;
      readonly deviceId: string | null;
    },
    PlaybackPayload
  >;
  /** Has the service that keeps a playlist, or the liked tracks, make the queue of them. */
  playRequest: Operation<
    {
      /** Null: the liked tracks. */
      readonly playlistId: string | null;
      readonly startItemId: string | null;
      readonly startTrackId: string | null;
      readonly deviceId: string | null;
    },
    /** Null: refused. */
    { readonly requestId: string | null }
  >;
  play: Operation<Based, PlaybackPayload>;
  pause: Operation<Based, PlaybackPayload>;
  seek: Operation<Based & { readonly positionMs: number }, PlaybackPayload>;
  skipNext: Operation<Based, PlaybackPayload>;
  skipPrevious: Operation<Based, PlaybackPayload>;
  skipTo: Operation<Based & { readonly itemId: string }, PlaybackPayload>;
  enqueue: Operation<
    { readonly trackIds: readonly string[]; readonly position: 'LAST' | 'NEXT'; readonly idempotencyKey: string },
    PlaybackPayload
  >;
  moveQueueItem: Operation<{ readonly itemId: string; readonly afterItemId: string | null }, PlaybackPayload>;
  removeQueueItems: Operation<{ readonly itemIds: readonly string[] }, PlaybackPayload>;
  setPlaybackOptions: Operation<
    {
      readonly shuffle?: boolean;
      readonly repeat?: RepeatMode;
      readonly volumePercent?: number;
      readonly deviceId: string | null;
    },
    PlaybackPayload
  >;
  transferPlayback: Operation<{ readonly toDeviceId: string; readonly play: boolean | null }, PlaybackPayload>;
  acknowledgeTransfer: Operation<{ readonly deviceId: string; readonly version: number }, AckPayload>;
  reportPlay: Operation<
    { readonly trackId: string; readonly playId: string; readonly startedAt: string; readonly playedMs: number },
    AckPayload
  >;
}

export type OperationName = keyof Operations;
/** Operations that answer with what plays. */
export type CommandName = {
  [N in OperationName]: Operations[N]['data'] extends PlaybackPayload ? N : never;
}[OperationName];

/** Why the API gave no answer. */
export class PortError extends Error {
  constructor(
    /** OFFLINE: nothing came back. UNAVAILABLE: the service is away, what was asked may have been done. */
    readonly kind: 'OFFLINE' | 'UNAVAILABLE' | 'SIGNED_OUT' | 'NOT_ALLOWED' | 'UNEXPECTED',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PortError';
  }

  get isTransient(): boolean {
    return this.kind === 'OFFLINE' || this.kind === 'UNAVAILABLE';
  }
}

export interface FrameSink {
  next(frame: PlaybackFrame): void;
  /** The stream is over; it has to be opened again. */
  closed(error: PortError | null): void;
}

export interface GraphQLPort {
  /** Rejects with a `PortError`. */
  execute<N extends OperationName>(name: N, variables: Operations[N]['variables']): Promise<Operations[N]['data']>;
  /** `playbackChanged` for this device, which is online while it listens. Gives how to end it. */
  playbackChanged(deviceId: string, sink: FrameSink): () => void;
  /** How the connection stands, and tells when that changes. */
  connection(): Connection;
  onConnection(listener: (connection: Connection) => void): () => void;
}
