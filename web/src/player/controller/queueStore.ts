/** The queue around what plays, with what the catalog knows of its tracks. Pages are fetched when they are needed. */

import type { QueueEntry, QueueView, RepeatMode, TrackMeta } from '../types';
import type { GraphQLPort, PlaybackFrame, QueueItemFrame } from './port';

/** Entries that are known behind the current one, where there are so many. */
const AHEAD = 20;
const BEHIND = 10;
/** A walk through a long queue ends after so many pages; the rest is found when it is nearer. */
const MAX_PAGES = 100;
const MAX_TRACKS = 5_000;
/** A track that the catalog did not know is asked for again after this. */
const ABSENT_MS = 60_000;
/** Tracks that the engine gets to know of ahead. */
const UPCOMING = 5;

export class QueueStore {
  readonly #tracks = new Map<string, TrackMeta>();
  /** Tracks of entries that were asked for and did not come, with the time of asking: they are gone, or the catalog is. */
  readonly #absent = new Map<string, number>();
  /** The newest frame of the server, as it came: what is shown goes ahead of it. */
  #served: PlaybackFrame | null = null;
  /** The queue is not the one any more of which a part is known. */
  #isStale = false;
  /** Cursors of entries by their index, for going into a long queue again. */
  #cursors = new Map<number, string>();
  #items: readonly QueueItemFrame[] = [];
  #offset = 0;
  #loading = false;
  #frame: PlaybackFrame | null = null;
  #view: QueueView = { entries: [], offset: 0, totalCount: 0, currentIndex: null };

  constructor(
    readonly port: GraphQLPort,
    readonly onChange: () => void,
  ) {}

  get view(): QueueView {
    return this.#view;
  }

  track(trackId: string | null): TrackMeta | null {
    return (trackId !== null && this.#tracks.get(trackId)) || null;
  }

  learn(tracks: readonly TrackMeta[]): void {
    for (const track of tracks) this.#tracks.set(track.id, track);
    for (const oldest of this.#tracks.keys()) {
      if (this.#tracks.size <= MAX_TRACKS) break;
      this.#tracks.delete(oldest);
    }
  }

  /** Takes in a frame. */
  update(frame: PlaybackFrame): void {
    if (frame.track) this.learn([frame.track]);
    const isInFirstPage =
      (frame.queueIndex ?? 0) + AHEAD < frame.queue.length || frame.queue.length >= frame.queueLength;
    const isOther = this.#frame?.id !== frame.id;
    if (isOther || frame.version !== this.#served?.version) {
      if (isOther || !this.#served || mayDiffer(this.#served, frame)) this.#isStale = true;
      if (isOther || (this.#served && !hasSameOrder(this.#served, frame))) this.#cursors.clear();
      this.#served = frame;
    }
    if (isInFirstPage || isOther) {
      this.#items = frame.queue;
      this.#offset = 0;
      this.#isStale = false;
    }
    this.#frame = frame;
    this.#show();
    if (this.#isMissing()) void this.#load();
  }

  /** The entry that plays; null: not known (yet). */
  current(): QueueItemFrame | null {
    const index = this.#frame?.queueIndex;
    const item = index == null ? undefined : this.#items[index - this.#offset];
    return item && item.trackId === this.#frame?.trackId ? item : null;
  }

  /** The entry before; null: none, or not known. */
  previous(): QueueItemFrame | null {
    const index = this.#frame?.queueIndex;
    return (index == null ? undefined : this.#items[index - this.#offset - 1]) ?? null;
  }

  find(itemId: string): { readonly item: QueueItemFrame; readonly index: number } | null {
    const at = this.#items.findIndex((item) => item.itemId === itemId);
    return at === -1 ? null : { item: this.#items[at] as QueueItemFrame, index: this.#offset + at };
  }

  /** What will be played after the current entry, as far as is known; entries without a track are skipped. */
  upcoming(repeat: RepeatMode, shuffle: boolean): QueueItemFrame[] {
    const current = this.current();
    const frame = this.#frame;
    if (!current || !frame || frame.queueIndex === null) return [];
    if (repeat === 'ONE') return [current, current];
    const following = this.#items.slice(frame.queueIndex - this.#offset + 1);
    const reachesEnd = this.#offset + this.#items.length >= frame.queueLength;
    // A shuffled queue gets a new order with each round, which nobody knows before.
    const wraps = repeat === 'ALL' && !shuffle && reachesEnd && this.#offset === 0;
    const all = wraps ? [...following, ...this.#items] : following;
    return all
      .filter((item) => item.trackId !== null && this.track(item.trackId)?.playable !== false)
      .slice(0, UPCOMING);
  }

  clear(): void {
    this.#tracks.clear();
    this.#absent.clear();
    this.#cursors.clear();
    this.#served = null;
    this.#isStale = false;
    this.#items = [];
    this.#offset = 0;
    this.#frame = null;
    this.#show();
  }

  #show(): void {
    const { totalCount, currentIndex } = {
      totalCount: this.#frame?.queueLength ?? 0,
      currentIndex: this.#frame?.queueIndex ?? null,
    };
    const entries = this.#items.map((item, index) => this.#entry(item, this.#view.entries[index]));
    const isSame =
      entries.length === this.#view.entries.length &&
      entries.every((entry, index) => entry === this.#view.entries[index]);
    const old = this.#view;
    if (isSame && old.offset === this.#offset && old.totalCount === totalCount && old.currentIndex === currentIndex)
      return;
    this.#view = { entries: isSame ? old.entries : entries, offset: this.#offset, totalCount, currentIndex };
  }

  #entry({ itemId, trackId, addedBy }: QueueItemFrame, known: QueueEntry | undefined): QueueEntry {
    const track = this.track(trackId);
    if (known?.itemId === itemId && known.track === track && known.addedBy?.id === addedBy?.id) return known;
    return { itemId, track, addedBy };
  }

  #isMissing(): boolean {
    const frame = this.#frame;
    if (!frame || this.#items.some((item) => item.itemId.startsWith('local-'))) return false;
    const isOutside = frame.queueIndex !== null && this.current() === null;
    const end = this.#offset + this.#items.length;
    const isShort = end < frame.queueLength && (frame.queueIndex ?? 0) + AHEAD >= end;
    return this.#isStale || isOutside || isShort || this.#items.some(({ trackId }) => this.#isUnknown(trackId));
  }

  #isUnknown(trackId: string | null): boolean {
    if (trackId === null || this.#tracks.has(trackId)) return false;
    const askedAt = this.#absent.get(trackId);
    return askedAt === undefined || performance.now() - askedAt > ABSENT_MS;
  }

  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      for (let frame: PlaybackFrame | null = null; frame !== this.#frame; ) {
        frame = this.#frame;
        // Once more from the start where the entries have moved under the cursors.
        if (frame && !(await this.#walk(frame)) && frame === this.#frame) await this.#walk(frame);
      }
    } catch {
      // Without the catalog the queue shows no titles; the next frame tries again.
    } finally {
      this.#loading = false;
    }
  }

  /** Fetches the pages around the current entry, from the nearest known cursor on; false: what came there is another one. */
  async #walk(frame: PlaybackFrame): Promise<boolean> {
    this.#isStale = false;
    const wanted = frame.queueIndex ?? 0;
    const known = [...this.#cursors.keys()].filter((index) => index < wanted - BEHIND);
    let offset = known.length > 0 ? Math.max(...known) + 1 : 0;
    let after = this.#cursors.get(offset - 1) ?? null;
    if (after === null) offset = 0;
    let items: QueueItemFrame[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await this.port.execute('queuePage', { after });
      if (!answer) return true;
      this.learn(answer.tracks);
      items.push(...answer.items);
      const last = answer.items.at(-1);
      const end = offset + items.length;
      if (last) this.#cursors.set(end - 1, last.cursor);
      if (!last || end > wanted + AHEAD || end >= frame.queueLength) break;
      after = last.cursor;
      if (wanted >= end + BEHIND) [offset, items] = [end, []];
    }
    // What has changed meanwhile is read by the next walk.
    if (frame.id !== this.#frame?.id || this.#isStale) return true;
    const entry = frame.queueIndex === null ? null : items[frame.queueIndex - offset];
    const hasMoved = this.#cursors.size > 0 && offset > 0 && entry?.trackId !== frame.trackId;
    if (hasMoved) {
      this.#cursors.clear();
      return false;
    }
    for (const { trackId } of [...items, ...frame.queue])
      if (trackId !== null && !this.#tracks.has(trackId)) this.#absent.set(trackId, performance.now());
    this.#items = items;
    this.#offset = offset;
    this.#show();
    this.onChange();
    return true;
  }
}

const order = ({ queue, queueLength }: PlaybackFrame) =>
  `${queueLength} ${queue.map(({ itemId }) => itemId).join(' ')}`;

/** Whether the first page is the same, so that entries far behind it may have their places still. */
const hasSameOrder = (one: PlaybackFrame, other: PlaybackFrame) =>
  order(one) === order(other) && one.shuffle === other.shuffle;

/** All that a frame can be about, except its queue. */
const about = (frame: PlaybackFrame) =>
  JSON.stringify([
    ...[frame.state, frame.playId, frame.anchorPositionMs, frame.anchorServerTime, frame.rate, frame.repeat],
    ...[frame.volumePercent, frame.activeDevice?.id, frame.transferringTo?.id, frame.listeningSessionId],
    ...[frame.privateUntil, frame.track?.playable],
  ]);

/**
 * Whether the queue may be another one between two frames of the server, although the frames do not show where: the order of
 * their first entries changed, the entry that plays has another place, versions were missed, or nothing else is different.
 */
function mayDiffer(before: PlaybackFrame, after: PlaybackFrame): boolean {
  if (!hasSameOrder(before, after) || after.version !== before.version + 1) return true;
  const hasMoved = before.playId === after.playId && before.queueIndex !== after.queueIndex;
  return hasMoved || about(before) === about(after);
}
