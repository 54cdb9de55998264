/** The engine in a real browser, with everything that a network and an encoder do to it. */

import { expect, play, plays, test } from './support/fixtures';
import type { Tab } from './support/tab';

const events = (tab: Tab, types: string[]) =>
  tab.evaluate(
    (wanted) => player.events.filter(({ type }) => wanted.includes(type)).map(({ type, key, reason }) => [type, key, reason]),
    types,
  );

test('AAC and FLAC follow each other on one element', { tag: '@firefox' }, async ({ tab }) => {
  await play(tab, ['aac44-a', 'flac44-b', 'aac44-b'], 13_000);
  await plays(tab, 'flac44-b', 1_000);
  expect(await tab.evaluate(() => player.engine.position()?.rendition?.codec)).toBe('FLAC');
  await tab.evaluate(() => player.engine.seek(13_200));
  await plays(tab, 'aac44-b', 500);
  expect(await events(tab, ['failed', 'ended'])).toEqual([]);
});

test('where a buffer cannot change its codec, a second element takes over', { tag: '@firefox' }, async ({ tab }) => {
  await play(tab, ['flac44-a', 'aac44-b'], 12_500, { changeType: false });
  await plays(tab, 'aac44-b', 1_000);
  expect(await events(tab, ['failed', 'ended'])).toEqual([]);
});

test('a rendition of the buffer’s codec is preferred to a second element', async ({ tab }) => {
  await play(tab, ['aac44-a', 'both-b'], 13_000, { changeType: false });
  await plays(tab, 'both-b', 500);
  expect(await tab.evaluate(() => player.engine.position()?.rendition?.name)).toBe('aac-64');
});

test('the end of the queue is told, and what is added later plays on', { tag: '@firefox' }, async ({ tab }) => {
  await play(tab, ['aac44-a'], 13_000);
  await tab.waitForFunction(() => player.engine.status === 'ENDED');
  await tab.evaluate(() => {
    player.engine.start([{ key: 'again', trackId: 'aac44-b', albumId: null }], 0);
    player.engine.play();
  });
  await plays(tab, 'again', 500);
  expect(await events(tab, ['failed'])).toEqual([]);
});

test('seeks inside and outside of the buffer land where they should', { tag: '@firefox' }, async ({ tab, server }) => {
  server.bytesPerSecond = 60_000;
  await play(tab, ['flac44-a', 'flac44-b'], 0);
  await plays(tab, 'flac44-a', 300);
  for (const position of [13_000, 2_000, 8_000]) {
    await tab.evaluate((ms) => player.engine.seek(ms), position);
    await plays(tab, 'flac44-a', position + 200);
    expect(await tab.evaluate(() => player.engine.position()?.positionMs)).toBeLessThan(position + 2_500);
  }
});

test('a pause that is taken back at once interrupts nothing', { tag: '@firefox' }, async ({ tab }) => {
  await play(tab, ['aac44-a'], 0);
  await plays(tab, 'aac44-a', 300);
  await tab.evaluate(() => {
    for (let times = 0; times < 3; times += 1) {
      player.engine.pause();
      player.engine.play();
    }
  });
  await plays(tab, 'aac44-a', 1_200);
  expect(await events(tab, ['interrupted', 'failed'])).toEqual([]);
  // What the browser stops by itself is told still.
  await tab.evaluate(() => player.engine.element?.pause());
  await tab.waitForFunction(() => player.engine.status === 'PAUSED');
  expect(await events(tab, ['interrupted'])).toHaveLength(1);
});

test('a track that is missing is skipped with its reason', async ({ tab, server }) => {
  server.missing.add('aac44-b');
  await play(tab, ['aac44-a', 'aac44-b', 'flac44-b'], 13_000);
  await plays(tab, 'flac44-b', 300);
  expect(await events(tab, ['failed'])).toEqual([['failed', 'aac44-b', 'TRACK_UNAVAILABLE']]);
});

test('a missing first track makes way for the next', async ({ tab, server }) => {
  server.missing.add('aac44-a');
  await play(tab, ['aac44-a', 'aac44-b'], 0);
  await plays(tab, 'aac44-b', 300);
  expect(await events(tab, ['failed', 'track'])).toEqual([
    ['failed', 'aac44-a', 'TRACK_UNAVAILABLE'],
    ['track', 'aac44-b', undefined],
  ]);
});

test('signatures that expire are renewed', async ({ tab, server }) => {
  server.bytesPerSecond = 40_000;
  await play(tab, ['aac44-a'], 0);
  await plays(tab, 'aac44-a', 300);
  server.signature += 1;
  await tab.evaluate(() => player.engine.seek(12_500));
  await plays(tab, 'aac44-a', 12_800);
  expect(await events(tab, ['failed'])).toEqual([]);
});

test('byte ranges of one file play', async ({ tab, server }) => {
  server.byteRanges = true;
  await play(tab, ['aac44-a', 'flac44-b'], 13_000);
  await plays(tab, 'flac44-b', 500);
});

test('with the network gone the buffer plays on, over a seam, and fetching goes on when it is back', async ({ tab, server }) => {
  await play(tab, ['both-a', 'both-b', 'aac44-a'], 10_000);
  // The first track takes 14 s of the timeline: then 10 s of the second are there.
  await tab.waitForFunction(() => {
    const buffered = player.engine.element?.buffered;
    return buffered && buffered.length > 0 && buffered.end(buffered.length - 1) > 24;
  });
  server.isDown = true;
  await plays(tab, 'both-b', 3_000);
  server.isDown = false;
  await tab.evaluate(() => player.engine.seek(13_500));
  await plays(tab, 'aac44-a', 500);
  expect(await events(tab, ['failed', 'interrupted'])).toEqual([]);
});

test('a track that is still encoded plays from its first segment and waits at its growing end', { tag: '@firefox' }, async ({ tab, server }) => {
  server.encoded.set('aac44-a', 1);
  await play(tab, ['aac44-a', 'aac44-b'], 4_500);
  await plays(tab, 'aac44-a', 5_000);
  await tab.waitForFunction(() => player.engine.status === 'BUFFERING');
  server.encoded.set('aac44-a', 2);
  await plays(tab, 'aac44-a', 7_000);
  server.encoded.delete('aac44-a');
  await tab.evaluate(() => player.engine.seek(13_000));
  await plays(tab, 'aac44-b', 300);
  // The estimate was 700 ms too long: the exact length came with the end.
  expect(await events(tab, ['failed'])).toEqual([]);
});

test('a slow connection is answered with a lower rung, a quick one with a higher', async ({ tab, server }) => {
  server.bytesPerSecond = 14_000;
  await play(tab, ['both-a', 'both-b'], 0);
  await tab.waitForFunction(() => player.engine.position()?.rendition?.name === 'aac-64', undefined, { timeout: 60_000 });
  server.bytesPerSecond = 0;
  // Wherever the music is by then: from the first track on, or in the second.
  await expect.poll(() => server.segments.some((name) => /\/(flac|aac-192)\/\d/.test(name)), { timeout: 30_000 }).toBe(true);
  expect(await events(tab, ['failed'])).toEqual([]);
});

test('a crossfade lets both tracks sound and goes on with the second', { tag: '@firefox' }, async ({ tab }) => {
  await play(tab, ['aac44-a', 'flac44-b'], 9_500, { crossfadeS: 2 });
  await plays(tab, 'flac44-b', 1_500);
  const sounding = await tab.evaluate(() => player.engine.position()?.positionMs);
  expect(sounding).toBeGreaterThan(1_400);
  expect(await events(tab, ['failed', 'ended'])).toEqual([]);
});

test('what follows can be replaced at any time', async ({ tab }) => {
  await play(tab, ['aac44-a', 'aac44-b'], 12_500);
  await tab.waitForFunction(() => (player.engine.position()?.remainingS ?? 0) > 10);
  await tab.evaluate(() => player.engine.setUpcoming([{ key: 'other', trackId: 'flac44-b', albumId: null }]));
  await plays(tab, 'other', 300);
  expect(await events(tab, ['track'])).toEqual([['track', 'other', undefined]]);
});
