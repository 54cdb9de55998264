import type { BesideKind } from './kinds';

/** What became of a file beside music; the words are the screen's (`uploads:beside.<code>`). */
export type BesideCode =
  /** Its music is not there yet. */
  | 'WAITING'
  | 'WORKING'
  /** A sheet that goes with its music. */
  | 'SHEET_SENT'
  | 'LYRICS_SET'
  | 'COVER_SET'
  | 'PLAYLIST_MADE'
  /** Not used, and why. */
  | 'NO_MUSIC'
  | 'MUSIC_FAILED'
  | 'HAS_LYRICS'
  | 'HAS_COVER'
  | 'SEVERAL_ALBUMS'
  | 'SEVERAL_TRACKS'
  | 'NONE_FOUND'
  | 'NOT_OWN'
  | 'EMPTY'
  | 'NOT_UNICODE'
  | 'TOO_LONG'
  | 'SECOND'
  | 'FAILED';

/** A file beside music, as the list shows it. Immutable. */
export interface BesideItem {
  /** Made up here; the key of its row. */
  readonly key: string;
  readonly kind: BesideKind;
  readonly filename: string;
  readonly folder: string;
  readonly code: BesideCode;
  /** What it was given to: a title or a file's name. */
  readonly of: string | null;
  /** The playlist, track or album that has it now. */
  readonly id: string | null;
  /** Of a playlist: the entries that it has and those that were found; of a picture: the albums that have it now. */
  readonly count: number;
  readonly found: number;
  /** The server's words, in English. */
  readonly detail: string | null;
}

/** What there is of a track that lacks what lies beside its file. */
export interface TrackFacts {
  readonly title: string;
  readonly hasLyrics: boolean;
  readonly album: { readonly id: string; readonly hasCover: boolean } | null;
}

/** What a list of files became. */
export interface ImportedList {
  readonly playlistId: string | null;
  readonly entryCount: number;
  readonly matchedCount: number;
  readonly unmatched: readonly number[];
}

/** What the files beside music need of the API. All reject with `RefusedError` or `TryLaterError`. */
export interface BesideApi {
  track(id: string): Promise<TrackFacts | null>;
  setLyrics(trackId: string, lrc: string): Promise<void>;
  /** Sends a picture; gives its id. */
  sendPicture(file: File): Promise<string>;
  setCover(albumId: string, imageId: string): Promise<void>;
  /** The same key for each attempt, so that a lost answer makes no second one. */
  importPlaylist(title: string | null, content: string, idempotencyKey: string): Promise<ImportedList>;
  deletePlaylist(id: string): Promise<void>;
}
