/** Offline songs: stored, played without a network, accounted for, removed, and gone after sign-out. */

import { expect, play, plays, test } from './support/fixtures';
import type { Tab } from './support/tab';

/** Makes the page's player without playing anything. */
const prepare = (tab: Tab) =>
  tab.evaluate(async () => {
    globalThis.player = await create({}, ['AAC', 'FLAC']);
    await player.offline.downloads.load();
  });

const download = (tab: Tab, ids: string[]) =>
  tab.evaluate(async (trackIds) => {
    await player.offline.downloads.download(trackIds.map((trackId) => ({ trackId, meta: null })));
    const { downloads, tracks, usedBytes } = player.offline.downloads.getSnapshot();
    return { states: [...downloads], tracks: tracks.map(({ trackId }) => trackId), usedBytes };
  }, ids);

/** What the browser still has. */
const leftovers = (tab: Tab) =>
  tab.evaluate(async () => {
    const urls = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
    const databases = await indexedDB.databases();
    return { urls: urls.flat().map((url) => new URL(url).pathname), databases: databases.map(({ name }) => name) };
  });

test('a song that was downloaded plays without a network, over the seam', async ({ tab, server }) => {
  await prepare(tab);
  const stored = await download(tab, ['both-a', 'both-b']);
  expect(stored.tracks.sort()).toEqual(['both-a', 'both-b']);
  expect(stored.usedBytes).toBeGreaterThan(100_000);
  expect(stored.states.every(([, { kind }]) => kind === 'DONE')).toBe(true);
  const { urls } = await leftovers(tab);
  expect(urls).toContain('/offline/both-a/flac/init');
  expect(urls).toContain('/offline/both-a/flac/2');
  server.isDown = true;
  await tab.reload();
  await tab.waitForFunction(() => 'create' in globalThis);
  await play(tab, ['both-a', 'both-b'], 13_000);
  await plays(tab, 'both-b', 500);
  expect(await tab.evaluate(() => player.engine.position()?.offline)).toBe(true);
});

test('a download that was broken off goes on where it was', async ({ tab, server }) => {
  await prepare(tab);
  server.bytesPerSecond = 60_000;
  const running = download(tab, ['both-a']);
  await expect.poll(() => server.segments.filter((name) => name.startsWith('both-a/flac')).length).toBeGreaterThan(2);
  server.isDown = true;
  await tab.waitForTimeout(700);
  server.isDown = false;
  server.bytesPerSecond = 0;
  expect((await running).tracks).toEqual(['both-a']);
  const first = server.segments.filter((name) => name === 'both-a/flac/00000.m4s');
  expect(first).toHaveLength(1);
});

test('a song whose bytes the browser has dropped comes from the network', async ({ tab }) => {
  await prepare(tab);
  await download(tab, ['aac44-a']);
  await tab.evaluate(() => caches.delete('polyphony-offline'));
  await play(tab, ['aac44-a'], 0);
  await plays(tab, 'aac44-a', 300);
  expect(await tab.evaluate(() => player.engine.position()?.offline)).toBe(false);
});

test('a missing song says why, and the others are stored', async ({ tab, server }) => {
  server.missing.add('aac44-a');
  await prepare(tab);
  const { states, tracks } = await download(tab, ['aac44-a', 'aac44-b']);
  expect(new Map(states).get('aac44-a')).toEqual({ kind: 'FAILED', reason: 'TRACK_UNAVAILABLE' });
  expect(tracks).toEqual(['aac44-b']);
});

test('removal frees the bytes, and after sign-out nothing is left', async ({ tab }) => {
  await prepare(tab);
  await download(tab, ['aac44-a', 'aac44-b']);
  await tab.evaluate(() => player.offline.downloads.remove(['aac44-a']));
  expect((await leftovers(tab)).urls.some((url) => url.startsWith('/offline/aac44-a/'))).toBe(false);
  expect(await tab.evaluate(() => player.offline.downloads.getSnapshot().tracks.length)).toBe(1);
  await tab.evaluate(async () => {
    await player.offline.database.add({ playId: 'p', trackId: 'aac44-b', startedAt: new Date().toISOString(), playedMs: 40_000 });
    await player.offline.downloads.dispose();
    await player.engine.dispose();
    await player.offline.clearPersonalStorage();
  });
  expect(await leftovers(tab)).toEqual({ urls: [], databases: [] });
});
