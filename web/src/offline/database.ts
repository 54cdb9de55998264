/** The index of offline songs, in IndexedDB. Sign-out deletes the database; whoever has it open lets go of it then. */

import type { OfflinePlay, PlayOutbox } from '../player/controller/offlinePlays';
import type { Loudness, RenditionInfo } from '../player/engine/media';
import type { TrackMeta } from '../player/types';

const NAME = 'polyphony-offline';
const VERSION = 1;
/** Tracks by their id; plays that wait to be reported by theirs. */
const TRACKS = 'tracks';
const PLAYS = 'plays';

/** What was downloaded: everything that playing it needs but its bytes. */
export interface OfflineTrack {
  readonly trackId: string;
  /** What lists show of it; null: it was asked for without. */
  readonly meta: TrackMeta | null;
  readonly rendition: RenditionInfo;
  /** Seconds of each segment. */
  readonly durations: readonly number[];
  readonly durationMs: number;
  readonly loudness: Loudness | null;
  /** Bytes in the cache. */
  readonly sizeBytes: number;
  /** By `Date.now()`. */
  readonly savedAt: number;
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

export class OfflineDatabase implements PlayOutbox {
  #opening: Promise<IDBDatabase> | null = null;

  tracks(): Promise<OfflineTrack[]> {
    return this.#run(TRACKS, 'readonly', (store) => request(store.getAll()));
  }

  track(trackId: string): Promise<OfflineTrack | undefined> {
    return this.#run(TRACKS, 'readonly', (store) => request(store.get(trackId)));
  }

  async putTrack(track: OfflineTrack): Promise<void> {
    await this.#run(TRACKS, 'readwrite', (store) => request(store.put(track, track.trackId)));
  }

  async removeTrack(trackId: string): Promise<void> {
    await this.#run(TRACKS, 'readwrite', (store) => request(store.delete(trackId)));
  }

  async add(play: OfflinePlay): Promise<void> {
    await this.#run(PLAYS, 'readwrite', (store) => request(store.put(play, play.playId)));
  }

  all(): Promise<OfflinePlay[]> {
    return this.#run(PLAYS, 'readonly', (store) => request(store.getAll()));
  }

  async remove(playId: string): Promise<void> {
    await this.#run(PLAYS, 'readwrite', (store) => request(store.delete(playId)));
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    (await opening?.catch(() => null))?.close();
  }

  async #run<T>(name: string, mode: IDBTransactionMode, use: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    this.#opening ??= this.#open();
    const database = await this.#opening;
    const transaction = database.transaction(name, mode);
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([use(transaction.objectStore(name)), committed]);
    return result;
  }

  #open(): Promise<IDBDatabase> {
    const opening = indexedDB.open(NAME, VERSION);
    opening.onupgradeneeded = () => {
      for (const name of [TRACKS, PLAYS]) opening.result.createObjectStore(name);
    };
    return request(opening).then(
      (database) => {
        const forget = () => {
          database.close();
          this.#opening = null;
        };
        database.onversionchange = forget;
        database.onclose = forget;
        return database;
      },
      (error) => {
        this.#opening = null;
        throw error;
      },
    );
  }
}
