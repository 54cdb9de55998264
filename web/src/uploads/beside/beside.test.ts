import { afterEach, describe, expect, test, vi } from 'vitest';

import { UploadsManager } from '../manager';
import { FakeServer, MemoryStore } from '../testing/fakeServer';
import type { ChosenFile, UploadedTrack } from '../types';
import { RefusedError, TryLaterError } from '../types';
import { BesideFiles } from './besideFiles';
import { filesOfSheet, musicOfSheet } from './cueSheet';
import { musicOfLyrics, picturesOf } from './kinds';
import { withTracks } from './trackList';
import type { BesideApi, TrackFacts } from './types';

const at = (path: string, content = path): ChosenFile => {
  const parts = path.split('/');
  return { file: new File([content], parts.at(-1) ?? ''), folder: parts.slice(0, -1).join('/') };
};
const names = (files: readonly ChosenFile[]) => files.map(({ file }) => file.name);

const TWO =
  'FILE "C:\\rips\\CDImage.wav" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 00:09:00\nINDEX 01 00:10:00\n';

/** A catalog of which everything is known but what is asked to be different. */
class Catalog implements BesideApi {
  readonly facts = new Map<string, TrackFacts>();
  readonly calls: string[] = [];
  readonly failures: Error[] = [];
  late = 0;

  async track(id: string) {
    const failure = this.failures.shift();
    if (failure) throw failure;
    return this.facts.get(id) ?? null;
  }
  async setLyrics(trackId: string, lrc: string) {
    this.calls.push(`lyrics ${trackId} ${lrc}`);
  }
  async sendPicture(file: File) {
    this.calls.push(`picture ${file.name}`);
    return 'img_1';
  }
  async setCover(albumId: string, imageId: string) {
    this.calls.push(`cover ${albumId} ${imageId}`);
  }
  async importPlaylist(title: string | null, content: string) {
    this.calls.push(`list ${title} ${content}`);
    const isLate = this.late-- > 0;
    return { playlistId: isLate ? null : 'pls_1', entryCount: 2, matchedCount: 2, unmatched: isLate ? [1] : [] };
  }
  async deletePlaylist() {}
}

const track = (id: string): UploadedTrack => ({ id, title: id, artists: '', albumId: 'alb_1', coverUrl: null });
let ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends) end();
  ends = [];
});

async function add(music: readonly ChosenFile[], beside: readonly ChosenFile[]) {
  const [server, catalog] = [new FakeServer(), new Catalog()];
  const hash = async (file: Blob) => `hash of ${await file.text()}`;
  const manager = new UploadsManager({ api: server, put: server.put, hash, store: new MemoryStore() });
  const files = new BesideFiles(catalog, manager);
  ends.push(
    () => files.dispose(),
    () => manager.dispose(),
  );
  const create = vi.spyOn(server, 'create');
  await manager.add(await files.add(music, beside));
  const landed = async (...changes: Parameters<FakeServer['tell']>[1][]) => {
    await vi.waitFor(() => expect(server.kept.size).toBe(changes.length));
    const ids = new Map([...server.kept].map(([id, { upload }]) => [upload.filename, id]));
    for (const [index, { file }] of music.entries()) server.tell(ids.get(file.name) ?? '', changes[index] ?? {});
  };
  const row = (name: string) => files.getSnapshot().find(({ filename }) => filename === name);
  const until = (name: string, code: string) => vi.waitFor(() => expect(row(name)?.code).toBe(code), { timeout: 3000 });
  return { server, catalog, manager, files, create, landed, row, until };
}

describe('a cue sheet', () => {
  test('is of the music that it names or is called like', () => {
    expect(filesOfSheet(TWO)).toEqual(['CDImage.wav']);
    for (const [sheet, music] of [
      ['x.cue', 'cdimage.FLAC'],
      ['Album.cue', 'album.flac'],
      ['x.cue', 'only.wv'],
    ] as const) {
      const all = [at(`a/${music}`), at('b/album.flac')];
      expect(names(musicOfSheet(at(`a/${sheet}`), filesOfSheet(TWO), all))).toEqual([music]);
    }
    const each =
      'FILE 1.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nFILE 2 b.wav WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00';
    const music = [at('1.mp3'), at('2 b.mp3'), at('3.mp3')];
    expect(names(musicOfSheet(at('all.cue'), filesOfSheet(each), music))).toEqual(['1.mp3', '2 b.mp3']);
    expect(musicOfSheet(at('a.cue'), filesOfSheet(TWO), music)).toEqual([]);
  });

  test('goes with its music, and one of nothing says so', async () => {
    const { create, row } = await add([at('a/album.flac')], [at('a/album.cue', TWO), at('b/other.cue', TWO)]);
    await vi.waitFor(() => expect(create).toHaveBeenCalled());
    expect(create.mock.calls[0]?.[0]).toMatchObject({ filename: 'album.flac', cueSheet: TWO });
    expect(row('album.cue')).toMatchObject({ code: 'SHEET_SENT', of: 'album.flac' });
    expect(row('other.cue')?.code).toBe('NO_MUSIC');
  });

  test('in no encoding of Unicode is not sent, and its music is', async () => {
    const bad = { file: new File([Uint8Array.of(0xdc, 0x62)], 'a.cue'), folder: '' };
    const { create, row } = await add([at('a.flac')], [bad]);
    await vi.waitFor(() => expect(create).toHaveBeenCalled());
    expect(create.mock.calls[0]?.[0].cueSheet).toBeNull();
    expect(row('a.cue')?.code).toBe('NOT_UNICODE');
  });
});

describe('lyrics', () => {
  test('are of the file that is called like them', () => {
    const music = [at('m/1.flac'), at('m/1.mp3'), at('m/3. Song'), at('n/2.mp3')];
    const of = (path: string) => musicOfLyrics(at(path), music)?.file.name;
    expect(['m/1.lrc', 'm/1.mp3.lrc', 'm/3. Song.LRC', 'm/2.lrc'].map(of)).toEqual([
      '1.flac',
      '1.mp3',
      '3. Song',
      undefined,
    ]);
  });

  test('go to a track that has none, once there is one', async () => {
    const { catalog, landed, row, until } = await add(
      [at('a.mp3'), at('b.mp3'), at('c.mp3')],
      [at('a.lrc', '[00:01.00]la'), at('b.lrc'), at('c.lrc')],
    );
    expect(row('a.lrc')?.code).toBe('WAITING');
    await landed({ state: 'READY', duplicateOf: track('trk_other') }, {}, {});
    expect(row('a.lrc')?.code).toBe('WAITING');
    catalog.facts.set('trk_a', { title: 'A', hasLyrics: false, album: null });
    catalog.facts.set('trk_b', { title: 'B', hasLyrics: true, album: null });
    await landed(
      { state: 'TRANSCODING', track: track('trk_a') },
      { state: 'READY', track: track('trk_b') },
      { state: 'REJECTED' },
    );
    await until('a.lrc', 'LYRICS_SET');
    await until('b.lrc', 'HAS_LYRICS');
    await until('c.lrc', 'MUSIC_FAILED');
    expect(catalog.calls).toEqual(['lyrics trk_a [00:01.00]la']);
    expect(row('a.lrc')).toMatchObject({ of: 'A', id: 'trk_a' });
  });

  test('of somebody else’s track stay out of it, and a refusal is told', async () => {
    const { catalog, landed, row, until } = await add([at('a.mp3'), at('b.mp3')], [at('a.lrc'), at('b.lrc')]);
    catalog.failures.push(new RefusedError('NOT_ALLOWED', 'no'), new RefusedError('CONFLICT', 'the reason'));
    await landed({ state: 'READY', track: track('t') }, { state: 'READY', duplicateOf: track('v'), track: track('u') });
    await until('a.lrc', 'NOT_OWN');
    await until('b.lrc', 'FAILED');
    expect(row('b.lrc')?.detail).toBe('the reason');
  });
});

describe('a picture', () => {
  test('is the best of its folder, or that of the folder above a disc', () => {
    const pictures = ['a/album.jpg', 'a/cover.png', 'a/Folder.JPG', 'ab/cover.jpg', 'cd/front.webp'].map((path) =>
      at(path),
    );
    const music = ['a/1.mp3', 'b/1.mp3', 'cd/CD1/1.mp3', 'cd/Live/1.mp3'].map((path) => at(path));
    const found = [...picturesOf(music, pictures)].map(([folder, { file }]) => `${folder} ${file.name}`);
    expect(found).toEqual(['a cover.png', 'cd/CD1 front.webp']);
  });

  test('becomes the cover of the one album of its folder that has none', async () => {
    const { catalog, landed, until } = await add(
      [at('x/1.mp3'), at('y/2.mp3'), at('y/3.mp3'), at('z/4.mp3')],
      [at('x/cover.jpg'), at('y/folder.jpg'), at('z/front.png'), at('z/album.png')],
    );
    for (const [id, album, hasCover] of [
      ['1', 'alb_x', false],
      ['2', 'alb_y', false],
      ['3', 'alb_z', false],
      ['4', 'alb_w', true],
    ] as const)
      catalog.facts.set(id, { title: id, hasLyrics: false, album: { id: album, hasCover } });
    await landed(...['1', '2', '3', '4'].map((id) => ({ state: 'READY' as const, track: track(id) })));
    await until('cover.jpg', 'COVER_SET');
    await until('folder.jpg', 'SEVERAL_ALBUMS');
    await until('front.png', 'HAS_COVER');
    await until('album.png', 'SECOND');
    expect(catalog.calls).toEqual(['picture cover.jpg', 'cover alb_x img_1']);
  });
});

describe('a list of files', () => {
  test('finds them however it names them', () => {
    const known = new Map([
      ['m/a/1.mp3', 'trk_1'],
      ['m/lists/2.mp3', 'trk_2'],
    ]);
    const text =
      '#EXTM3U\n#EXTINF:3,A - One\n../a/1.mp3\r\n..\\a\\1.mp3\nC:\\x\\2.mp3\n\n./2.mp3\nhttp://radio/\nfile:///home/x/2.mp3';
    const { content, ours } = withTracks(text, 'm/lists', (path) => known.get(path) ?? null);
    expect(content.split('\n')).toEqual([
      ...['#EXTM3U', '#EXTINF:3,A - One', 'polyphony:trk_1', 'polyphony:trk_1', 'polyphony:trk_2', ''],
      ...['polyphony:trk_2', 'http://radio/', 'polyphony:trk_2'],
    ]);
    expect(ours).toEqual([1, 2, 3, 4, 6]);
  });

  test('becomes a playlist of the tracks that came of them, also where those are found late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 500 });
    ends.push(() => vi.useRealTimers());
    const { catalog, landed, row, until } = await add([at('a/1.mp3')], [at('a/My list.m3u8', '1.mp3\nother.mp3')]);
    catalog.late = 1;
    await landed({ state: 'READY', track: track('trk_1') });
    await until('My list.m3u8', 'PLAYLIST_MADE');
    expect(catalog.calls).toEqual(Array(2).fill('list My list polyphony:trk_1\nother.mp3'));
    expect(row('My list.m3u8')).toMatchObject({ id: 'pls_1', count: 2, found: 2 });
  });
});

test('what waits is used although its music has left the list', async () => {
  const { catalog, manager, landed, until } = await add([at('a.mp3'), at('b.mp3')], [at('all.m3u', 'a.mp3\nb.mp3')]);
  catalog.failures.push(new TryLaterError('later', 10));
  await landed({ state: 'READY', track: track('trk_1') }, {});
  manager.clearFinished();
  await landed({}, { state: 'READY', track: track('trk_2') });
  await until('all.m3u', 'PLAYLIST_MADE');
  expect(catalog.calls).toEqual(['list all polyphony:trk_1\npolyphony:trk_2']);
});

test('tracks of a divided file are shown with it and by no rows of their own', async () => {
  const { manager, server, landed } = await add([at('album.flac')], [at('album.cue', TWO)]);
  await landed({ state: 'TRANSCODING' });
  const [[id = '', kept] = []] = [...server.kept];
  const cut = { ...(kept?.upload as NonNullable<typeof kept>['upload']), id: 'upl_cut', state: 'TRANSCODING' as const };
  manager.adopt([cut]);
  expect(manager.getSnapshot().items).toHaveLength(2);
  server.tell(id, { state: 'READY', cuts: [{ id: 'upl_cut', state: 'READY', track: track('trk_1') }] });
  manager.adopt([{ ...cut, track: track('trk_late') }]);
  expect(manager.getSnapshot().items[0]?.server?.cuts[0]?.track?.id).toBe('trk_late');
  expect(manager.getSnapshot().items.map(({ filename, server: of }) => [filename, of?.cuts.length])).toEqual([
    ['album.flac', 1],
  ]);
});
