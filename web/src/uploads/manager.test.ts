import { afterEach, describe, expect, test, vi } from 'vitest';

import { UploadsManager } from './manager';
import { FakeServer, later, MemoryStore } from './testing/fakeServer';
import { PartError, RefusedError, type UploadItem } from './types';

const song = (name: string, size: number, fill = name) =>
  new File([fill.repeat(Math.ceil(size / fill.length)).slice(0, size)], name, { lastModified: 7 });
const chosen = (...files: File[]) => files.map((file) => ({ file, folder: '' }));
const textHash = async (file: Blob) => `hash of ${await file.text()}`;

let managers: UploadsManager[] = [];
afterEach(() => {
  for (const manager of managers) manager.dispose();
  managers = [];
});

function start(server = new FakeServer(), store = new MemoryStore()) {
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  const manager = new UploadsManager({ api: server, put: server.put, hash: textHash, store, pause });
  managers.push(manager);
  const item = (name: string) => manager.getSnapshot().items.find(({ filename }) => filename === name) as UploadItem;
  const until = (name: string, phase: UploadItem['phase']) =>
    vi.waitFor(() => expect(item(name)?.phase).toBe(phase), { interval: 20, timeout: 3000 });
  return { server, store, manager, item, until, pauses };
}

describe('a file', () => {
  test('arrives in parts, is processed and becomes ready', async () => {
    const { manager, server, store, until, item } = start();
    await manager.add(chosen(song('a.flac', 35)));
    await until('a.flac', 'processing');
    expect(server.puts).toBe(4);
    expect(store.records.size).toBe(0);
    server.tell('upl_1', { state: 'READY' });
    await until('a.flac', 'ready');
    expect(item('a.flac').problem).toBeNull();
  });

  test('of no bytes, or of too many, is refused before anything is sent', async () => {
    const { manager, server, item } = start();
    const huge = Object.defineProperty(song('huge.wav', 10), 'size', { value: 6 * 2 ** 30 });
    await manager.add(chosen(song('empty.mp3', 0), huge));
    expect(item('empty.mp3')).toMatchObject({ phase: 'failed', problem: { code: 'EMPTY', canRetry: false } });
    expect(item('huge.wav')).toMatchObject({ phase: 'failed', problem: { code: 'TOO_LARGE' } });
    expect(server.created).toBe(0);
  });

  test('with the bytes of another one of the list is not sent twice', async () => {
    const { manager, server, until, item } = start();
    await manager.add(chosen(song('a.mp3', 20, 'x'), song('copy of a.mp3', 20, 'x')));
    await until('a.mp3', 'processing');
    await until('copy of a.mp3', 'failed');
    expect(item('copy of a.mp3').problem?.code).toBe('SAME_FILE');
    expect(server.created).toBe(1);
  });

  test('that the server refuses says why, and does not stop the others', async () => {
    const { manager, server, until, item } = start();
    server.failures.push(new RefusedError('QUOTA_EXCEEDED', 'no room'));
    await manager.add(chosen(song('a.mp3', 20), song('b.mp3', 20)));
    await until('a.mp3', 'failed');
    await until('b.mp3', 'processing');
    expect(item('a.mp3').problem).toEqual({ code: 'QUOTA_EXCEEDED', canRetry: true, detail: 'no room' });
    manager.retryFailed();
    await until('a.mp3', 'processing');
  });
});

describe('a bad network', () => {
  test('is waited for, longer each time, and no part is sent more often than needed', async () => {
    const { manager, server, until, pauses } = start();
    let failures = 3;
    server.beforePut = (_, number) => {
      if (number === 2 && failures-- > 0) throw new PartError(0);
    };
    await manager.add(chosen(song('a.flac', 30)));
    await until('a.flac', 'processing');
    expect(server.puts).toBe(6);
    expect(pauses).toHaveLength(3);
    expect(pauses[2]).toBeGreaterThan(pauses[0] as number);
  });

  test('of the API is waited for as long as the server says', async () => {
    const { manager, server, until, pauses } = start();
    server.failures.push(later(5_000), later());
    await manager.add(chosen(song('a.flac', 10)));
    await until('a.flac', 'processing');
    expect(pauses[0]).toBe(5_000);
    expect(server.created).toBe(1);
  });

  test('that does not come back fails the file, and trying again sends only what is missing', async () => {
    const { manager, server, until, item } = start();
    server.beforePut = (_, number) => {
      if (number === 3) throw new PartError(0);
    };
    await manager.add(chosen(song('a.flac', 30)));
    await until('a.flac', 'failed');
    expect(item('a.flac').problem).toMatchObject({ code: 'NETWORK', canRetry: true });
    server.beforePut = () => {};
    server.puts = 0;
    manager.retry(item('a.flac').key);
    await until('a.flac', 'processing');
    expect(server.puts).toBe(1);
    expect(server.created).toBe(1);
  });

  test('URLs that are too old are asked for anew', async () => {
    const { manager, server, until } = start();
    let isOld = true;
    server.beforePut = (_, number) => {
      if (number === 2 && isOld) {
        isOld = false;
        throw new PartError(403);
      }
    };
    await manager.add(chosen(song('a.flac', 25)));
    await until('a.flac', 'processing');
    expect(server.created).toBe(1);
  });
});

describe('after a reload', () => {
  test('an upload is interrupted, and goes on where it was when its file is chosen again', async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const first = start(server, store);
    server.beforePut = (_, number) => (number > 2 ? new Promise<void>(() => {}) : undefined);
    await first.manager.add(chosen(song('long.flac', 50)));
    await vi.waitFor(() => expect(Object.keys(store.records.get('upl_1')?.etags ?? {})).toEqual(['1', '2']));
    first.manager.dispose();

    const second = start(server, store);
    server.beforePut = () => {};
    server.puts = 0;
    second.manager.adopt([server.kept.get('upl_1')?.upload as never]);
    expect(second.item('long.flac')).toMatchObject({ phase: 'interrupted', hasFile: false });
    await second.manager.add(chosen(song('long.flac', 50)));
    await second.until('long.flac', 'processing');
    expect(server.puts).toBe(3);
    expect(server.created).toBe(1);
    expect(second.manager.getSnapshot().items).toHaveLength(1);
  });

  test('an upload of which nothing is known here begins anew, and the old one is given up', async () => {
    const server = new FakeServer();
    const { upload } = await server.create({
      filename: 'other.flac',
      sizeBytes: 30,
      sha256: null,
      folder: null,
      cueSheet: null,
      idempotencyKey: 'of another browser',
    });
    server.kept.get(upload.id)?.arrived.set(1, 'unknown here');
    const { manager, until } = start(server);
    manager.adopt([upload]);
    await manager.add(chosen(song('other.flac', 30)));
    await until('other.flac', 'processing');
    expect(server.kept.get(upload.id)?.upload.state).toBe('EXPIRED');
    expect(manager.getSnapshot().items).toHaveLength(1);
  });
});

describe('what the server says', () => {
  test('of a rejected file is shown with its reason', async () => {
    const { manager, server, until, item } = start();
    await manager.add(chosen(song('a.mp3', 10)));
    await until('a.mp3', 'processing');
    server.tell('upl_1', { state: 'REJECTED', rejectedBecause: 'UNSUPPORTED_MEDIA' });
    await until('a.mp3', 'rejected');
    expect(item('a.mp3').problem).toMatchObject({ code: 'UNSUPPORTED_MEDIA', canRetry: false });
  });

  test('of uploads of other devices is shown while they are processed', async () => {
    const { server, item, until } = start();
    const { upload } = await server.create({
      filename: 'phone.flac',
      sizeBytes: 10,
      sha256: null,
      folder: null,
      cueSheet: null,
      idempotencyKey: 'of a phone',
    });
    server.tell(upload.id, {});
    server.tell(upload.id, { state: 'TRANSCODING' });
    await until('phone.flac', 'processing');
    expect(item('phone.flac').hasFile).toBe(false);
  });

  test('does not bring back what was cancelled', async () => {
    const { manager, server, item, until } = start();
    server.beforePut = () => new Promise<void>(() => {});
    await manager.add(chosen(song('a.mp3', 10)));
    await until('a.mp3', 'sending');
    manager.cancel(item('a.mp3').key);
    await until('a.mp3', 'cancelled');
    server.tell('upl_1', { state: 'EXPIRED' });
    expect(item('a.mp3').phase).toBe('cancelled');
    server.beforePut = () => {};
    manager.retry(item('a.mp3').key);
    await until('a.mp3', 'processing');
    expect(server.created).toBe(2);
  });
});

test('five thousand files are taken at once, and never more than four parts are on their way', async () => {
  const { manager, server } = start();
  const files = Array.from({ length: 5_000 }, (_, index) => song(`${index}.mp3`, 15, `${index} `));
  let turns = 0;
  const timer = setInterval(() => (turns += 1));
  await manager.add(chosen(...files));
  clearInterval(timer);
  // Others had their turn meanwhile: the page goes on.
  expect(turns).toBeGreaterThan(10);
  expect(manager.getSnapshot().totals.files).toBe(5_000);
  await vi.waitFor(() => expect(manager.getSnapshot().totals).toMatchObject({ activeFiles: 0, sentFiles: 5_000 }), {
    timeout: 30_000,
    interval: 100,
  });
  expect(server.maxInFlight).toBe(4);
}, 60_000);
