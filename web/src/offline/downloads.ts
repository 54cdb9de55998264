/**
 * Downloads songs for offline playing, one after the other, and knows what is there. Of two tabs only one downloads a track; a
 * download that was broken off goes on where it was.
 */

import { MediaError, type OpenTrack, type RenditionInfo, type SegmentSource } from '../player/engine/media';
import { backoffMs } from '../player/engine/retry';
import type { PlayerErrorReason, TrackMeta } from '../player/types';
import type { OfflineDatabase, OfflineTrack } from './database';
import type { SegmentCache } from './segmentCache';

export type DownloadState =
  | { readonly kind: 'WAITING' }
  /** `progress` is 0 to 1. */
  | { readonly kind: 'RUNNING'; readonly progress: number }
  | { readonly kind: 'DONE'; readonly sizeBytes: number }
  /** NO_ROOM: the browser gives no more storage. */
  | { readonly kind: 'FAILED'; readonly reason: PlayerErrorReason | 'NO_ROOM' };

/** What screens show; the same object until something changes. */
export interface OfflineState {
  readonly downloads: ReadonlyMap<string, DownloadState>;
  readonly tracks: readonly OfflineTrack[];
  readonly usedBytes: number;
  /** What the browser would give in all; null: it does not say. */
  readonly quotaBytes: number | null;
  /** The browser will not drop the songs by itself when room is short; null: not asked yet. */
  readonly persistent: boolean | null;
}

export interface DownloadOptions {
  readonly database: OfflineDatabase;
  readonly cache: SegmentCache;
  readonly network: SegmentSource;
  /** The most that a rendition may take, kbit/s; null: the best that there is. */
  readonly maxKbps: () => number | null;
}

const EMPTY: OfflineState = { downloads: new Map(), tracks: [], usedBytes: 0, quotaBytes: null, persistent: null };
const MAX_ATTEMPTS = 6;

export class DownloadManager {
  #state: OfflineState = EMPTY;
  readonly #listeners = new Set<() => void>();
  #queue: { readonly trackId: string; readonly meta: TrackMeta | null }[] = [];
  #running: { readonly trackId: string; readonly aborter: AbortController } | null = null;
  readonly #lifetime = new AbortController();
  /** Of what was asked for here: a failed download has no entry in the database. */
  readonly #titles = new Map<string, string>();

  constructor(readonly options: DownloadOptions) {}

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): OfflineState => this.#state;

  /** The title of a track that was asked for in this tab; null: not known. */
  titleOf(trackId: string): string | null {
    return this.#titles.get(trackId) ?? null;
  }

  /** Reads what is there, and removes bytes that belong to no song. */
  async load(): Promise<void> {
    const { database, cache } = this.options;
    const tracks = await database.tracks();
    const known = new Set(tracks.map(({ trackId }) => trackId));
    for (const trackId of await cache.trackIds()) {
      // Held by another tab's download, or broken off: the lock tells.
      if (!known.has(trackId)) await locked(trackId, () => this.#removeStray(trackId), true);
    }
    await this.#refresh();
  }

  /** Downloads tracks that are not there yet. Called from a click, for browsers ask about storage. */
  async download(tracks: readonly { readonly trackId: string; readonly meta: TrackMeta | null }[]): Promise<void> {
    const waiting = new Set([...this.#queue.map(({ trackId }) => trackId), this.#running?.trackId]);
    const added = tracks.filter(({ trackId }) => !waiting.has(trackId) && !this.#has(trackId));
    this.#queue.push(...added);
    for (const { trackId, meta } of added) {
      if (meta) this.#titles.set(trackId, meta.title);
      this.#set(trackId, { kind: 'WAITING' });
    }
    if (this.#state.persistent === null) void this.#askToPersist();
    await this.#work();
  }

  /** Removes songs, and stops their downloads. */
  async remove(trackIds: readonly string[]): Promise<void> {
    const removed = new Set(trackIds);
    this.#queue = this.#queue.filter(({ trackId }) => !removed.has(trackId));
    if (this.#running && removed.has(this.#running.trackId)) this.#running.aborter.abort();
    for (const trackId of trackIds) {
      await locked(trackId, async () => {
        await this.options.database.removeTrack(trackId);
        await this.options.cache.removeTrack(trackId);
      });
      this.#set(trackId, null);
    }
    await this.#refresh();
  }

  /** Ends all downloads, for sign-out. What is stored is deleted by the session. */
  async dispose(): Promise<void> {
    this.#lifetime.abort();
    this.#running?.aborter.abort();
    this.#queue = [];
    this.#titles.clear();
    this.#state = EMPTY;
    this.#emit();
    this.#listeners.clear();
    await this.options.database.close();
  }

  /** Some browsers ask the person, who may never answer: nothing waits for it. */
  async #askToPersist(): Promise<void> {
    const persistent = (await navigator.storage?.persist?.().catch(() => false)) ?? false;
    if (!this.#lifetime.signal.aborted) this.#change({ persistent });
  }

  async #work(): Promise<void> {
    while (!this.#running && !this.#lifetime.signal.aborted) {
      const next = this.#queue.shift();
      if (!next) return;
      const aborter = new AbortController();
      this.#running = { trackId: next.trackId, aborter };
      try {
        await locked(next.trackId, () => this.#attempts(next.trackId, next.meta, aborter.signal));
        await this.#refresh();
      } catch (error) {
        this.#failed(next.trackId, error, aborter.signal);
      } finally {
        this.#running = null;
      }
    }
  }

  async #attempts(trackId: string, meta: TrackMeta | null, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#download(trackId, meta, signal);
      } catch (error) {
        const mayRecover = error instanceof MediaError && error.retriable && attempt < MAX_ATTEMPTS;
        if (!mayRecover || signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt)));
        signal.throwIfAborted();
      }
    }
  }

  async #download(trackId: string, meta: TrackMeta | null, signal: AbortSignal): Promise<void> {
    const { database, cache, network } = this.options;
    if (await database.track(trackId)) return;
    const open = await network.open(trackId, signal);
    const rendition = this.#choose(open);
    const list = await open.segments(rendition, true, signal);
    if (!list.ended || !open.media.finished)
      throw new MediaError('MEDIA_UNAVAILABLE', true, 'the track is still being encoded');
    // What `segments` has learned of a track that was just finished is exact only in the newer object.
    const exact = open.media.renditions.find(({ name }) => name === rendition.name) ?? rendition;
    let sizeBytes = 0;
    const parts = ['init' as const, ...list.durations.keys()];
    for (const [done, part] of parts.entries()) {
      this.#set(trackId, { kind: 'RUNNING', progress: done / parts.length });
      const stored = await cache.get(trackId, exact.name, part);
      const bytes =
        stored ?? (part === 'init' ? await open.init(exact, signal) : await open.segment(exact, part, signal));
      signal.throwIfAborted();
      if (!stored) await cache.put(trackId, exact.name, part, bytes);
      sizeBytes += bytes.byteLength;
    }
    const { durationMs, loudness } = open.media;
    const { durations } = list;
    await database.putTrack({
      trackId,
      meta,
      rendition: exact,
      durations,
      durationMs,
      loudness,
      sizeBytes,
      savedAt: Date.now(),
    });
    this.#set(trackId, { kind: 'DONE', sizeBytes });
  }

  #choose({ media }: OpenTrack): RenditionInfo {
    const max = this.options.maxKbps() ?? Number.POSITIVE_INFINITY;
    const chosen = media.renditions.findLast(({ bitrateKbps }) => (bitrateKbps ?? 0) <= max) ?? media.renditions[0];
    if (!chosen)
      throw new MediaError('UNSUPPORTED_CODEC', false, 'there is nothing that can be stored and played here');
    return chosen;
  }

  #failed(trackId: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    if (error instanceof DOMException && error.name === 'QuotaExceededError') {
      // What comes next would not fit either.
      for (const waiting of this.#queue) this.#set(waiting.trackId, { kind: 'FAILED', reason: 'NO_ROOM' });
      this.#queue = [];
      this.#set(trackId, { kind: 'FAILED', reason: 'NO_ROOM' });
      return;
    }
    this.#set(trackId, { kind: 'FAILED', reason: error instanceof MediaError ? error.reason : 'UNEXPECTED' });
  }

  async #removeStray(trackId: string): Promise<void> {
    if (!(await this.options.database.track(trackId))) await this.options.cache.removeTrack(trackId);
  }

  #has(trackId: string): boolean {
    return this.#state.tracks.some((track) => track.trackId === trackId);
  }

  async #refresh(): Promise<void> {
    const tracks = await this.options.database.tracks();
    const estimate = await navigator.storage?.estimate?.().catch(() => null);
    if (this.#lifetime.signal.aborted) return;
    const usedBytes = tracks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#change({ tracks, usedBytes, quotaBytes: estimate?.quota ?? null });
  }

  #set(trackId: string, state: DownloadState | null): void {
    const downloads = new Map(this.#state.downloads);
    if (state) downloads.set(trackId, state);
    else downloads.delete(trackId);
    this.#change({ downloads });
  }

  #change(changed: Partial<OfflineState>): void {
    if (this.#lifetime.signal.aborted) return;
    this.#state = { ...this.#state, ...changed };
    this.#emit();
  }

  #emit(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Runs something while no other tab works on the track; with `ifAvailable` not at all where one does. */
async function locked(trackId: string, work: () => Promise<void>, ifAvailable = false): Promise<void> {
  if (!navigator.locks) return work();
  await navigator.locks.request(`polyphony-offline-${trackId}`, { ifAvailable }, async (lock) => {
    if (lock) await work();
  });
}
