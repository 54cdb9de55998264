/**
 * What the player shows and what can be done to it. Screens are written against this file alone; the engine, the
 * controller and GraphQL stay behind it. All times are milliseconds, all volumes percent.
 */

/** A track as far as a player bar, a queue row or the lock screen shows it. */
export interface TrackMeta {
  /** The id of the track, `trk_…`. */
  readonly id: string;
  readonly title: string;
  /** In order; may be empty while the catalog is away. */
  readonly artists: readonly { readonly id: string; readonly name: string }[];
  readonly album: { readonly id: string; readonly title: string; readonly coverUrl: string | null } | null;
  /** 0 while nothing is known. */
  readonly durationMs: number;
  readonly explicit: boolean;
  /** False: it cannot be played now; null: the media service did not say. */
  readonly playable: boolean | null;
}

/** An entry of the queue. The same track may stand in it twice: `itemId` is the key of rows. */
export interface QueueEntry {
  readonly itemId: string;
  /** Null: the track is gone, or the catalog did not answer. */
  readonly track: TrackMeta | null;
  /** Who added it, in a listening party. */
  readonly addedBy: { readonly id: string } | null;
}

/** The part of the queue around what plays. `entries[0]` stands at `offset` of `totalCount`. */
export interface QueueView {
  readonly entries: readonly QueueEntry[];
  readonly offset: number;
  readonly totalCount: number;
  /** The position of what plays in the whole queue, from 0; null: nothing was begun. */
  readonly currentIndex: number | null;
}

/** What tracks are played from: kept with each entry of the queue, and with plays. `id` is null for LIKED_TRACKS and SEARCH. */
export interface PlaySource {
  readonly kind: 'ALBUM' | 'ARTIST' | 'PLAYLIST' | 'LIKED_TRACKS' | 'SEARCH';
  readonly id: string | null;
}

/** A device of the viewer. */
export interface DeviceView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'DESKTOP' | 'PHONE' | 'TABLET' | 'TV' | 'SPEAKER' | 'WEB' | 'OTHER';
  readonly online: boolean;
  readonly volumePercent: number;
  /** It is this tab. */
  readonly isThis: boolean;
}

/** BUFFERING is what this tab does only: it should play and waits for bytes. */
export type PlaybackStatus = 'PLAYING' | 'PAUSED' | 'BUFFERING' | 'STOPPED';

export type RepeatMode = 'OFF' | 'ONE' | 'ALL';

/** Why something could not be played or done, for a program; the words are the screen's (i18n key `player.error.<reason>`). */
export type PlayerErrorReason =
  /** There is no playable rendition for this viewer: withdrawn, deleted, not encoded yet. The track was skipped. */
  | 'TRACK_UNAVAILABLE'
  /** Encoding of the track failed or stopped midway. The track was skipped. */
  | 'ENCODING_FAILED'
  /** The browser decodes none of the track's codecs. The track was skipped. */
  | 'UNSUPPORTED_CODEC'
  /** The media service did not answer: titles show, nothing new can be played. Retried. */
  | 'MEDIA_UNAVAILABLE'
  /** Neither network nor cache has what comes next. Retried when the network returns. */
  | 'OFFLINE'
  /** The browser wants a click before it plays sound. `resume()` from a click handler helps. */
  | 'AUTOPLAY_BLOCKED'
  /** This machine has no device that sounds. Paused where it was; `resume()` tries again. */
  | 'NO_AUDIO_OUTPUT'
  /** Nobody is signed in any more. */
  | 'SIGNED_OUT'
  /** The command was based on a state that somebody else has changed since; the state shown now is the newest. */
  | 'STALE'
  /** The device is away. */
  | 'DEVICE_UNREACHABLE'
  /** The viewer may not do this, for example as a guest of a party who may only add. */
  | 'NOT_ALLOWED'
  /** Anything else: a bug, or a refusal that has no place above. */
  | 'UNEXPECTED';

export interface PlayerError {
  readonly reason: PlayerErrorReason;
  /** The track that it is about, if it is about one. */
  readonly trackId: string | null;
  /** The server's words in English, if there are some; for details, not for headlines. */
  readonly message: string | null;
  /** By `Date.now()`; a screen shows each error once by it. */
  readonly at: number;
  /** The player tries again by itself. */
  readonly retrying: boolean;
}

/** How this tab hears of changes; not whether sound comes. */
export type Connection = 'LIVE' | 'RECONNECTING' | 'OFFLINE';

/** A snapshot: immutable, and the same object until something changes. The position is not in it: see `positionAt`. */
export interface PlayerState {
  readonly status: PlaybackStatus;
  readonly track: TrackMeta | null;
  /** 0: unknown. */
  readonly durationMs: number;
  /** Where the music was at `anchor.at` of `performance.now()`, moving with `anchor.rate` (0 when it stands). */
  readonly anchor: { readonly positionMs: number; readonly at: number; readonly rate: number };
  /** Up to where there is sound without the network, of the current track; 0 when another device plays. */
  readonly bufferedMs: number;
  /** Up to where the track can be sought already; less than `durationMs` while it is being encoded. */
  readonly playableUntilMs: number;
  readonly queue: QueueView;
  /** What the track comes from; null: nobody said, or it was added one by one. */
  readonly source: PlaySource | null;
  /** Until when what the viewer plays counts nowhere, ISO 8601; null: it counts, or in a party it is not known here. */
  readonly privateUntil: string | null;
  readonly shuffle: boolean;
  readonly repeat: RepeatMode;
  /** Of the device that plays. */
  readonly volumePercent: number;
  /** What plays sound; null: none, or everybody in a party. */
  readonly activeDevice: DeviceView | null;
  /** Under way to this device; null: no transfer. */
  readonly transferringTo: DeviceView | null;
  /** This tab as a device; null before it is registered. */
  readonly thisDevice: DeviceView | null;
  /** Whether sound comes (or would come) from this tab. */
  readonly playsHere: boolean;
  /** The listening party whose playback this is; null: the viewer's own. */
  readonly listeningSessionId: string | null;
  /** What sounds here: for the quality badge. Null: nothing, or another device plays. */
  readonly rendition: {
    readonly codec: string;
    readonly bitrateKbps: number | null;
    readonly lossless: boolean;
    readonly offline: boolean;
  } | null;
  readonly connection: Connection;
  /** The newest error; null: none, or it has passed. */
  readonly error: PlayerError | null;
  /** `PlaybackState.version` of the server. */
  readonly version: number;
}

/** What to play, by where it comes from. */
export type PlayContext =
  | { readonly kind: 'ALBUM' | 'PLAYLIST' | 'ARTIST'; readonly id: string }
  | { readonly kind: 'LIKED' }
  | { readonly kind: 'SEARCH'; readonly query: string }
  | { readonly kind: 'TRACKS'; readonly trackIds: readonly string[]; readonly source?: PlaySource };

/** With what to begin: the place in the order of the context, and what stands there. */
export interface PlayStart {
  readonly index: number;
  readonly trackId: string | null;
  /** The entry of a playlist, `pli_…`: the same track may stand in it twice. */
  readonly itemId?: string | undefined;
}

/** How a context is to be played, where that is said with it. */
export interface PlayWay {
  /** In any order, or in its own. */
  readonly shuffle: boolean;
}

/** Whether a command was done; a refusal is also in `PlayerState.error`. */
export type CommandResult = { readonly ok: true } | { readonly ok: false; readonly error: PlayerError };

/**
 * The player of this tab. Commands act on what the viewer plays, on whatever device (in a party: on the party); they show
 * their effect at once and take it back when the server refuses. None of them throws.
 */
export interface Player {
  /** For `useSyncExternalStore`. */
  subscribe(listener: () => void): () => void;
  getSnapshot(): PlayerState;
  /** Where the music is now, for seek bars and lyrics (call it in an animation frame). */
  positionMs(): number;

  /** Replaces the queue. Must be called from a click handler the first time: browsers want one before sound. */
  play(context: PlayContext, start?: PlayStart | null, way?: PlayWay): Promise<CommandResult>;
  playTracks(trackIds: readonly string[], startAt?: number, source?: PlaySource): Promise<CommandResult>;
  /** Plays an entry of the queue. */
  playItem(itemId: string): Promise<CommandResult>;
  pause(): Promise<CommandResult>;
  resume(): Promise<CommandResult>;
  next(): Promise<CommandResult>;
  /** Begins the track again, or in its first three seconds goes to the one before. */
  previous(): Promise<CommandResult>;
  seek(positionMs: number): Promise<CommandResult>;
  /** Of the device that plays; calls in quick succession are sent as one. */
  setVolume(percent: number, deviceId?: string): Promise<CommandResult>;
  /** Behind everything. */
  enqueue(trackIds: readonly string[]): Promise<CommandResult>;
  /** Behind what plays. */
  playNext(trackIds: readonly string[]): Promise<CommandResult>;
  /** Behind another entry; null: to the top. */
  moveItem(itemId: string, afterItemId: string | null): Promise<CommandResult>;
  removeItems(itemIds: readonly string[]): Promise<CommandResult>;
  clearQueue(): Promise<CommandResult>;
  setShuffle(on: boolean): Promise<CommandResult>;
  setRepeat(mode: RepeatMode): Promise<CommandResult>;
  /** To another device or, with `thisDevice.id`, to this tab. Ends when the target has acknowledged. */
  transferTo(deviceId: string): Promise<CommandResult>;
  dismissError(): void;
  /** Stops sound, forgets everything of the person. Called by sign-out. */
  dispose(): Promise<void>;
}

/** Where the music is at a time of `performance.now()`. */
export function positionAt(state: PlayerState, now: number): number {
  const { positionMs, at, rate } = state.anchor;
  const position = Math.max(0, positionMs + (now - at) * rate);
  return state.durationMs > 0 ? Math.min(position, state.durationMs) : position;
}

/** The state before anything is known. */
export const EMPTY_STATE: PlayerState = {
  status: 'STOPPED',
  track: null,
  durationMs: 0,
  anchor: { positionMs: 0, at: 0, rate: 0 },
  bufferedMs: 0,
  playableUntilMs: 0,
  queue: { entries: [], offset: 0, totalCount: 0, currentIndex: null },
  source: null,
  privateUntil: null,
  shuffle: false,
  repeat: 'OFF',
  volumePercent: 100,
  activeDevice: null,
  transferringTo: null,
  thisDevice: null,
  playsHere: false,
  listeningSessionId: null,
  rendition: null,
  connection: 'RECONNECTING',
  error: null,
  version: 0,
};
