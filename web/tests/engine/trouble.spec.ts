/** What a browser's buffer and decoder refuse: sound goes on, or the one track that cannot be played is named. */

import { expect, play, plays, test } from './support/fixtures';
import type { Tab } from './support/tab';

const failures = (tab: Tab) =>
  tab.evaluate(() => player.events.filter(({ type }) => type === 'failed').map(({ key, reason }) => [key, reason]));

/** Lets the buffer hold so many seconds ahead of the playhead and no more, as one full of hi-res sound does. */
const limitBuffer = (tab: Tab, aheadS: number) =>
  tab.evaluate((seconds) => {
    const { appendBuffer } = SourceBuffer.prototype;
    Object.assign(globalThis, { refusals: 0 });
    SourceBuffer.prototype.appendBuffer = function limited(this: SourceBuffer, bytes: BufferSource) {
      const { length } = this.buffered;
      const playhead = player.engine.element?.currentTime ?? 0;
      if (length > 0 && this.buffered.end(length - 1) - playhead > seconds) {
        Object.assign(globalThis, { refusals: (globalThis as unknown as { refusals: number }).refusals + 1 });
        throw new DOMException('full', 'QuotaExceededError');
      }
      appendBuffer.call(this, bytes as ArrayBuffer);
    };
  }, aheadS);

test('a full buffer cuts no track', async ({ tab }) => {
  await limitBuffer(tab, 9);
  await play(tab, ['flac44-a', 'flac44-b'], 0);
  await tab.waitForFunction(() => (globalThis as unknown as { refusals: number }).refusals > 0);
  await plays(tab, 'flac44-a', 12_500);
  // The whole track sounds: the next one begins where this one ends, and not where the buffer was full.
  await plays(tab, 'flac44-b', 300, 30_000);
  expect(await tab.evaluate(() => player.engine.element?.currentTime)).toBeGreaterThan(14);
  expect(await failures(tab)).toEqual([]);
});

test('a segment that was damaged on its way is fetched again, and the track goes on where it was', async ({ tab, server }) => {
  server.damaged.set('aac44-a/aac-128/00001.m4s', 1);
  await play(tab, ['aac44-a', 'aac44-b'], 2_000);
  await plays(tab, 'aac44-a', 7_500, 30_000);
  expect(await tab.evaluate(() => player.engine.position()?.durationMs)).toBeGreaterThan(14_000);
  await tab.evaluate(() => player.engine.seek(13_000));
  await plays(tab, 'aac44-b', 300);
  expect(await failures(tab)).toEqual([]);
});

test('a track that cannot be decoded is named, and the next one plays', async ({ tab, server }) => {
  server.damaged.set('aac44-a/aac-128/00000.m4s', 100);
  await play(tab, ['aac44-a', 'aac44-b'], 0);
  await plays(tab, 'aac44-b', 500, 30_000);
  expect(await failures(tab)).toEqual([['aac44-a', 'UNSUPPORTED_CODEC']]);
});

test('what is skipped while its plan hangs does not hold up the next track', async ({ tab, server }) => {
  server.hanging.add('aac44-a');
  await play(tab, ['aac44-a', 'aac44-b'], 0);
  await tab.waitForTimeout(500);
  await tab.evaluate(() => player.engine.start([{ key: 'next', trackId: 'aac44-b', albumId: null }], 0));
  await plays(tab, 'next', 300, 6_000);
  expect(await failures(tab)).toEqual([]);
});

test('a short track fades in and out, one after the other', async ({ tab }) => {
  // Each is shorter than what is filled ahead: the deck that fades out must not be taken for the track after next.
  await play(tab, ['aac44-a', 'flac44-b', 'aac44-b'], 11_000, { crossfadeS: 2 });
  await plays(tab, 'flac44-b', 1_500);
  await tab.evaluate(() => player.engine.seek(11_000));
  await plays(tab, 'aac44-b', 3_000);
  expect(await failures(tab)).toEqual([]);
});
