import { beforeEach, expect, it, vi } from 'vitest';

import { frame } from '../testing/fakes';
import { engine, open, player, port, setUpTab } from '../testing/tab';
import { PortError } from './port';

setUpTab();

beforeEach(open);

it('plays an album by its id, and the chosen track at once', async () => {
  const done = player.play({ kind: 'ALBUM', id: 'alb_1' }, { index: 1, trackId: 't1' });
  expect(engine.log).toContain('start t1 at 0');
  expect(player.getSnapshot().source).toEqual({ kind: 'ALBUM', id: 'alb_1' });
  expect(await done).toEqual({ ok: true });
  expect(port.asked('contextTracks')).toEqual([]);
  expect(port.asked('setQueue')[0]?.variables).toMatchObject({
    trackIds: null,
    context: { kind: 'ALBUM', id: 'alb_1' },
    startTrackId: 't1',
  });
});

it('reads the tracks of an album that media does not know yet', async () => {
  port.answers.setQueue = ({ trackIds }) =>
    trackIds
      ? { playback: frame({ version: 9 }), userErrors: [] }
      : { playback: null, userErrors: [{ code: 'NOT_FOUND', message: 'There is nothing to play there.' }] };
  expect(await player.play({ kind: 'ALBUM', id: 'alb_1' })).toEqual({ ok: true });
  expect(port.asked('setQueue').at(-1)?.variables).toMatchObject({
    trackIds: ['t0', 't1', 't2'],
    context: { kind: 'ALBUM', id: 'alb_1' },
  });
});

it('has a playlist played by who keeps it, and is done with its frame', async () => {
  const start = { index: 5_000, trackId: 't1', itemId: 'pli_7' };
  let isDone = false;
  const done = player.play({ kind: 'PLAYLIST', id: 'pls_1' }, start).then((result) => {
    isDone = true;
    return result;
  });
  expect(engine.log).toContain('start t1 at 0');
  await vi.advanceTimersByTimeAsync(300);
  expect(port.asked('playRequest')[0]?.variables).toEqual({
    playlistId: 'pls_1',
    startItemId: 'pli_7',
    startTrackId: 't1',
    deviceId: 'me',
  });
  // A frame of something else neither ends the wait nor stops what sounds.
  port.push({ volumePercent: 80 });
  await vi.advanceTimersByTimeAsync(10);
  expect([isDone, engine.status]).toEqual([false, 'PLAYING']);
  const source = { kind: 'PLAYLIST' as const, id: 'pls_1' };
  port.push({ ...frame({ queueIndex: 1, activeDevice: port.device }), version: 20, requestId: 'prq_1', source });
  expect(await done).toEqual({ ok: true });
  expect(engine.log.filter((line) => line.startsWith('start'))).toEqual(['start t1 at 0']);
  expect(player.getSnapshot()).toMatchObject({ source, status: 'PLAYING' });
  expect(port.asked('setQueue', 'contextTracks')).toEqual([]);
});

it.each([
  ['no frame comes', () => ({ requestId: 'prq_lost' })],
  ['it is refused', () => ({ requestId: null })],
  [
    'nobody answers',
    () => {
      throw new PortError('UNAVAILABLE', 'away');
    },
  ],
])('plays liked tracks by their ids when %s', async (_, answer) => {
  port.answers.playRequest = answer;
  const done = player.play({ kind: 'LIKED' }, { index: 2, trackId: 't2' });
  await vi.advanceTimersByTimeAsync(5_100);
  expect(await done).toEqual({ ok: true });
  expect(port.asked('setQueue').at(-1)?.variables).toMatchObject({
    trackIds: ['t0', 't1', 't2'],
    startIndex: 2,
    context: { kind: 'LIKED_TRACKS', id: null },
  });
});

it('plays all of an artist by one command', async () => {
  await player.play({ kind: 'ARTIST', id: 'art_1' });
  expect(port.asked('setQueue')[0]?.variables).toMatchObject({
    trackIds: null,
    context: { kind: 'ARTIST', id: 'art_1' },
  });
  expect(port.asked('contextTracks')).toEqual([]);
});

it('says where tracks of a list come from', async () => {
  await player.playTracks(['t0', 't1'], 1, { kind: 'ARTIST', id: 'art_1' });
  expect(port.asked('setQueue')[0]?.variables).toMatchObject({ context: { kind: 'ARTIST', id: 'art_1' } });
});

it('touches the audio element within the click, and waits for nothing before it asks', async () => {
  for (const context of [
    { kind: 'ALBUM', id: 'alb_1' },
    { kind: 'PLAYLIST', id: 'pls_1' },
    { kind: 'LIKED' },
  ] as const) {
    engine.log.length = 0;
    const done = player.play(context, null, { shuffle: false });
    expect(engine.log).toContain('unlock');
    await vi.advanceTimersByTimeAsync(6_000);
    await done;
  }
  expect(port.asked('setPlaybackOptions')).toEqual([]);
});

it('does not touch it when the music sounds elsewhere', async () => {
  port.push({ ...frame({ activeDevice: { ...port.device, id: 'phone' } }), version: 30 });
  void player.play({ kind: 'ALBUM', id: 'alb_1' });
  expect(engine.log).not.toContain('unlock');
});

it('says that it shuffles before it says what', async () => {
  const done = player.play({ kind: 'ALBUM', id: 'alb_1' }, null, { shuffle: true });
  expect(player.getSnapshot().shuffle).toBe(true);
  await done;
  expect(port.asked('setPlaybackOptions', 'setQueue').map(({ name }) => name)).toEqual([
    'setPlaybackOptions',
    'setQueue',
  ]);
});
