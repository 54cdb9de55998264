import { describe, expect, it } from 'vitest';

import { device, frame } from '../testing/fakes';
import { engine, open, openPlaying, pass, player, port, setUpTab } from '../testing/tab';
import { PortError } from './port';

setUpTab();

describe('commands', () => {
  it('play at once and send what was asked', async () => {
    await open();
    const done = player.playTracks(['t0', 't1', 't2'], 1);
    expect(engine.log).toContain('start t1 at 0');
    expect(engine.status).toBe('PLAYING');
    expect(await done).toEqual({ ok: true });
    expect(port.asked('setQueue')[0]?.variables).toMatchObject({ startIndex: 1, deviceId: 'me', play: true });
    expect(engine.log.filter((line) => line.startsWith('start'))).toEqual(['start t1 at 0']);
  });

  it('leave the beginning of a shuffled queue to the server', async () => {
    await open();
    port.push({ shuffle: true });
    await player.playTracks(['t0', 't1', 't2']);
    expect(port.asked('setQueue')[0]?.variables).toMatchObject({ startIndex: null });
  });

  it('go to the other device when that one plays', async () => {
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() });
    await open();
    await player.pause();
    expect(engine.status).toBe('IDLE');
    expect(player.getSnapshot().status).toBe('PAUSED');
  });

  it('are based on the version that the command before has left', async () => {
    await openPlaying();
    await Promise.all([player.next(), player.next()]);
    const versions = port.asked('skipNext').map(({ variables }) => (variables as { baseVersion: number }).baseVersion);
    expect(versions).toEqual([5, 6]);
    expect(engine.tracks[0]?.trackId).toBe('t2');
  });

  it('are sent again for a stale version only while they mean the same', async () => {
    await openPlaying();
    const stale = { code: 'STALE_VERSION', message: '' };
    let refusals = 1;
    port.answers.seek = () => {
      if (refusals-- > 0) {
        port.state = { ...port.state, version: 9, volumePercent: 50 };
        return { playback: port.state, userErrors: [stale] };
      }
      port.state = { ...port.state, version: 10, anchorPositionMs: 50_000, anchorServerTime: performance.now() };
      return { playback: port.state, userErrors: [] };
    };
    expect(await player.seek(50_000)).toEqual({ ok: true });
    expect(port.asked('seek')).toHaveLength(2);
    port.answers.skipNext = () => {
      port.state = { ...port.state, version: 12, queueIndex: 2, trackId: 't2', changedByDeviceId: 'phone' };
      return { playback: port.state, userErrors: [stale] };
    };
    expect(await player.next()).toMatchObject({ ok: false, error: { reason: 'STALE' } });
    expect(port.asked('skipNext')).toHaveLength(1);
    expect(engine.tracks[0]?.trackId).toBe('t2');
  });

  it('take back what the server refuses', async () => {
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() });
    await open();
    port.answers.setPlaybackOptions = () => ({
      playback: port.state,
      userErrors: [{ code: 'NOT_ALLOWED', message: 'no' }],
    });
    const done = player.setShuffle(true);
    expect(player.getSnapshot().shuffle).toBe(true);
    expect(await done).toMatchObject({ ok: false, error: { reason: 'NOT_ALLOWED' } });
    expect(player.getSnapshot().shuffle).toBe(false);
  });

  it('that follow each other are sent again for what the one before led to', async () => {
    await openPlaying();
    const stale = { code: 'STALE_VERSION', message: '' };
    const { skipNext } = port.answers;
    port.answers.skipNext = () => {
      port.answers.skipNext = undefined;
      return port.execute('skipNext', { baseVersion: null, deviceId: 'me' }).then((answer) => {
        // Another device turns the volume between the two.
        port.answers.skipNext = () => {
          port.answers.skipNext = skipNext;
          port.push({ volumePercent: 30, changedByDeviceId: 'phone' });
          return { playback: port.state, userErrors: [stale] };
        };
        return answer;
      });
    };
    const results = await Promise.all([player.next(), player.next()]);
    expect(results).toEqual([{ ok: true }, { ok: true }]);
    expect(player.getSnapshot().track?.id).toBe('t2');
  });

  it('of which one takes back the other end as the last one says', async () => {
    await openPlaying();
    const [paused, resumed] = [player.pause(), player.resume()];
    expect(player.getSnapshot().status).toBe('PLAYING');
    await Promise.all([paused, resumed]);
    await pass(500);
    expect(port.state.state).toBe('PLAYING');
    expect(engine.status).toBe('PLAYING');
    await Promise.all([player.seek(50_000), player.pause(), player.seek(90_000)]);
    await pass(500);
    expect(port.state).toMatchObject({ state: 'PAUSED', anchorPositionMs: 90_000 });
    expect(player.getSnapshot().status).toBe('PAUSED');
    expect(engine.positionMs).toBe(90_000);
  });

  it('send a volume to each device that got one', async () => {
    await openPlaying();
    const calls = [player.setVolume(40, 'phone'), player.setVolume(70, 'me')];
    await pass(300);
    await Promise.all(calls);
    expect(port.asked('setPlaybackOptions').map(({ variables }) => variables)).toEqual([
      { volumePercent: 40, deviceId: 'phone' },
      { volumePercent: 70, deviceId: 'me' },
    ]);
  });

  it('send a dragged volume once', async () => {
    await openPlaying();
    const calls = [90, 80, 70].map((percent) => player.setVolume(percent));
    await pass(300);
    await Promise.all(calls);
    expect(port.asked('setPlaybackOptions').map(({ variables }) => variables)).toEqual([
      { volumePercent: 70, deviceId: 'me' },
    ]);
    expect(engine.volume).toBe(0.7);
  });

  it('add to the queue once, although the first answer was lost', async () => {
    await openPlaying();
    let lost = true;
    port.answers.enqueue = () => {
      if (lost) {
        lost = false;
        throw new PortError('UNAVAILABLE', 'lost');
      }
      return { playback: port.state, userErrors: [] };
    };
    expect(await player.enqueue(['t9'])).toEqual({ ok: true });
    const keys = port.asked('enqueue').map(({ variables }) => (variables as { idempotencyKey: string }).idempotencyKey);
    expect(keys[0]).toBe(keys[1]);
  });

  it('begin the track again or go to the one before', async () => {
    await openPlaying();
    await player.next();
    await pass(10_000);
    await player.previous();
    expect(engine.log.at(-1)).toBe('seek 0');
  });
});
