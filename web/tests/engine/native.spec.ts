/** Without Media Source, as on old iPhones. Only of browsers that play HLS by themselves, which Firefox does not. */

import { expect, play, plays, test } from './support/fixtures';

test('without Media Source the browser plays HLS by itself, one track after the other', async ({ tab, server }) => {
  server.missing.add('aac48-a');
  await play(tab, ['aac44-a', 'aac48-a', 'aac44-b'], 12_000, { native: true });
  await plays(tab, 'aac44-a', 12_300);
  await tab.evaluate(() => player.engine.seek(13_000));
  await plays(tab, 'aac44-b', 500);
  const failures = await tab.evaluate(() => player.events.filter(({ type }) => type === 'failed').map(({ key, reason }) => [key, reason]));
  expect(failures).toEqual([['aac48-a', 'TRACK_UNAVAILABLE']]);
});

test('volume and loudness are heard where there is no Web Audio', async ({ tab }) => {
  await play(tab, ['aac44-a'], 0, { native: true });
  await plays(tab, 'aac44-a', 200);
  await tab.evaluate(() => player.engine.setVolume(0.5));
  expect(await tab.evaluate(() => player.engine.element?.volume)).toBeCloseTo(0.25, 5);
});
