import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakePort, frame, meta } from '../testing/fakes';
import type { PlaybackFrame, QueueItemFrame } from './port';
import { QueueStore } from './queueStore';

/** A server's queue of which a frame shows the first 100 entries, and pages the rest. */
class Server {
  order = Array.from({ length: 300 }, (_, index) => index);
  version = 1;
  index = 85;
  playId = 'p1';
  readonly port = new FakePort();
  /** Tracks that the catalog does not have. */
  readonly gone = new Set<string>();

  constructor() {
    this.port.answers.queuePage = ({ after }) => {
      const start = after === null ? 0 : this.order.indexOf(Number(after.slice(1))) + 1;
      const items = this.#items().slice(start, start + 100);
      const known = items.filter(({ trackId }) => !this.gone.has(trackId as string));
      return {
        items: items.map((item) => (known.includes(item) ? item : { ...item, trackId: null })),
        tracks: known.map(({ trackId }) => meta(trackId as string)),
      };
    };
  }

  frame(changed: Partial<PlaybackFrame> = {}): PlaybackFrame {
    const track = `t${this.order[this.index]}`;
    return frame({
      version: this.version,
      playId: this.playId,
      queueIndex: this.index,
      trackId: track,
      track: meta(track),
      queue: this.#items().slice(0, 100),
      queueLength: this.order.length,
      ...changed,
    });
  }

  /** Changes the queue and gives the frame that tells so. */
  edit(change: (order: number[]) => void): PlaybackFrame {
    const playing = this.order[this.index] as number;
    change(this.order);
    this.index = this.order.indexOf(playing);
    this.version += 1;
    return this.frame();
  }

  get pages(): number {
    return this.port.asked('queuePage').length;
  }

  #items(): QueueItemFrame[] {
    return this.order.map((id) => ({ itemId: `i${id}`, cursor: `c${id}`, trackId: `t${id}`, addedBy: null }));
  }
}

let server: Server;
let store: QueueStore;
const next = () => store.upcoming('OFF', false).map(({ trackId }) => trackId);

beforeEach(async () => {
  server = new Server();
  store = new QueueStore(server.port, () => {});
  store.update(server.frame());
  await vi.waitFor(() => expect(next()).toHaveLength(5));
});

describe('far into a queue of 300', () => {
  it('an entry that is removed is neither shown nor played next', async () => {
    expect(next()[0]).toBe('t86');
    store.update(server.edit((order) => order.splice(86, 1)));
    await vi.waitFor(() => expect(next()).toEqual(['t87', 't88', 't89', 't90', 't91']));
    expect(store.view.entries.map(({ itemId }) => itemId)).not.toContain('i86');
    expect(store.view.totalCount).toBe(299);
  });

  it('what is to play next comes next', async () => {
    store.update(server.edit((order) => order.splice(86, 0, 500)));
    await vi.waitFor(() => expect(next()[0]).toBe('t500'));
    expect(store.current()?.trackId).toBe('t85');
  });

  it('what is moved behind the first page is found, although no frame shows it', async () => {
    server.index = 200;
    server.version += 1;
    server.playId = 'p2';
    store.update(server.frame());
    await vi.waitFor(() => expect(next()[0]).toBe('t201'));
    store.update(server.edit((order) => order.splice(201, 0, ...order.splice(203, 1))));
    await vi.waitFor(() => expect(next()).toEqual(['t203', 't201', 't202', 't204', 't205']));
  });

  it('entries that moved under the cursors are found anew', async () => {
    server.index = 250;
    server.version += 1;
    server.playId = 'p2';
    store.update(server.frame());
    await vi.waitFor(() => expect(next()[0]).toBe('t251'));
    store.update(server.edit((order) => order.splice(120, 1)));
    await vi.waitFor(() => expect(store.view.totalCount).toBe(299));
    await vi.waitFor(() => expect(next()[0]).toBe('t251'));
    expect(store.current()?.trackId).toBe('t250');
  });

  it('volume, pause and seams read nothing', async () => {
    const before = server.pages;
    for (const changed of [
      { volumePercent: 40 },
      { volumePercent: 40, state: 'PAUSED' as const, anchorServerTime: 9 },
      { volumePercent: 40, state: 'PLAYING' as const, anchorServerTime: 12 },
    ]) {
      server.version += 1;
      store.update(server.frame(changed));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.pages).toBe(before);
  });
});

it('a track that is gone is asked for once', async () => {
  server = new Server();
  server.order = [0, 1, 2];
  server.index = 0;
  server.gone.add('t1');
  store = new QueueStore(server.port, () => {});
  store.update(server.frame());
  await vi.waitFor(() => expect(server.pages).toBe(1));
  await vi.waitFor(() => expect(store.track('t2')).not.toBeNull());
  for (let volumePercent = 1; volumePercent < 5; volumePercent += 1) {
    server.version += 1;
    store.update(server.frame({ volumePercent }));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(server.pages).toBe(1);
});
