import { describe, expect, it, vi } from 'vitest';

import { device, frame } from '../testing/fakes';
import {
  engine,
  loseNetwork,
  open,
  openPlaying,
  pass,
  player,
  plays,
  port,
  regainNetwork,
  setUpTab,
} from '../testing/tab';
import type { OfflinePlay } from './offlinePlays';

setUpTab();

describe('the seam and the network', () => {
  it('goes over a seam before the server does, without a restart', async () => {
    await openPlaying();
    engine.cross();
    expect(player.getSnapshot().track?.id).toBe('t1');
    const starts = engine.log.filter((line) => line.startsWith('start')).length;
    port.push({ volumePercent: 99, changedByDeviceId: 'me' });
    await pass(200);
    port.push({ queueIndex: 1, trackId: 't1', anchorServerTime: performance.now(), anchorPositionMs: 200 });
    expect(engine.log.filter((line) => line.startsWith('start')).length).toBe(starts);
    expect(engine.tracks.map(({ trackId }) => trackId)).toEqual(['t1', 't2']);
  });

  it('waits for the engine to reach the seam that the server is already over', async () => {
    await openPlaying();
    engine.positionMs = 199_500;
    const starts = engine.log.filter((line) => line.startsWith('start')).length;
    port.push({ queueIndex: 1, trackId: 't1', anchorServerTime: performance.now(), anchorPositionMs: 0 });
    expect(engine.log.filter((line) => line.startsWith('start')).length).toBe(starts);
    engine.cross();
    expect(engine.tracks[0]?.trackId).toBe('t1');
  });

  it('tells the server what is heard when sound was held up', async () => {
    await openPlaying();
    engine.status = 'BUFFERING';
    await vi.advanceTimersByTimeAsync(6_000);
    engine.status = 'PLAYING';
    engine.positionMs = 1_000;
    port.push({});
    await pass(200);
    const reported = port.asked('seek').at(-1)?.variables as { positionMs: number } | undefined;
    expect(reported?.positionMs).toBeLessThan(1_500);
  });

  it('has the right state within 5 s of the network’s return', async () => {
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() });
    await open();
    port.isOffline = true;
    port.setConnection('RECONNECTING');
    port.breakOff();
    await pass(30_000);
    port.state = { ...port.state, version: 20, state: 'PAUSED', queueIndex: 2, trackId: 't2', track: null };
    port.isOffline = false;
    await pass(4_900);
    expect(player.getSnapshot()).toMatchObject({ status: 'PAUSED', version: 20, track: { id: 't2' } });
    port.setConnection('LIVE');
    expect(player.getSnapshot().connection).toBe('LIVE');
  });

  it('goes on with the network gone, and tells what was done meanwhile', async () => {
    await openPlaying();
    loseNetwork();
    expect(await player.pause()).toEqual({ ok: true });
    await pass(10_000);
    expect(engine.status).toBe('PAUSED');
    regainNetwork();
    await pass(3_000);
    expect(port.state.state).toBe('PAUSED');
    expect(engine.status).toBe('PAUSED');
  });

  it('does not take the sound back from a device that was chosen meanwhile', async () => {
    await openPlaying();
    loseNetwork();
    await player.pause();
    port.state = {
      ...port.state,
      version: 30,
      state: 'PLAYING',
      activeDevice: device('phone'),
      changedByDeviceId: 'phone',
    };
    regainNetwork();
    await pass(3_000);
    expect(port.state.version).toBe(30);
    expect(engine.status).toBe('IDLE');
  });

  it('does what other devices decided while the network was gone, although it went on by itself', async () => {
    await openPlaying();
    loseNetwork();
    await pass(10_000);
    engine.cross();
    await pass(5_000);
    expect(engine.status).toBe('PLAYING');
    port.state = {
      ...port.state,
      ...{ version: 31, state: 'PAUSED', queueIndex: 2, trackId: 't2', track: null, anchorPositionMs: 4_000 },
      changedByDeviceId: 'phone',
    };
    regainNetwork();
    await pass(4_900);
    expect(port.state.version).toBe(31);
    expect(engine.status).toBe('PAUSED');
    expect(engine.tracks[0]?.trackId).toBe('t2');
    expect(Math.abs(engine.positionMs - 4_000)).toBeLessThan(1);
    expect(player.getSnapshot()).toMatchObject({ status: 'PAUSED', track: { id: 't2' } });
  });

  it('plays offline songs and reports the plays once', async () => {
    await open();
    loseNetwork();
    expect(await player.playTracks(['t0', 't1'])).toEqual({ ok: true });
    await pass(40_000);
    engine.cross();
    await pass(35_000);
    regainNetwork();
    await pass(5_000);
    const reported = port.asked('reportPlay').map(({ variables }) => variables as OfflinePlay);
    expect(reported.map(({ trackId }) => trackId)).toContain('t0');
    expect(reported[0]?.playedMs).toBeGreaterThan(39_000);
    expect(new Set(reported.map(({ playId }) => playId)).size).toBe(reported.length);
    expect(plays).toEqual([]);
    expect(port.asked('setQueue').at(-1)?.variables).toMatchObject({ trackIds: ['t0', 't1'], startIndex: 1 });
  });

  it('skips a track that cannot be played and tells the server where it is', async () => {
    await openPlaying();
    const failed = engine.tracks[0];
    if (!failed) throw new Error('nothing plays');
    const { MediaError } = await import('../engine/media');
    engine.tracks.shift();
    engine.listener.trackFailed(failed, new MediaError('TRACK_UNAVAILABLE', false, 'gone'));
    engine.listener.trackChanged(engine.tracks[0]?.key ?? '');
    await pass(500);
    expect(player.getSnapshot()).toMatchObject({
      track: { id: 't1' },
      error: { reason: 'TRACK_UNAVAILABLE', trackId: 't0' },
    });
    expect(port.asked('skipTo')[0]?.variables).toMatchObject({ itemId: 'i1' });
  });
});

describe('what cannot be played', () => {
  it('is not skipped without end', async () => {
    await openPlaying();
    port.push({ repeat: 'ALL' });
    const { MediaError } = await import('../engine/media');
    engine.status = 'BUFFERING';
    const failed = () => engine.tracks[0];
    for (let track = failed(), failures = 0; track && failures < 100; track = failed(), failures += 1) {
      engine.tracks.shift();
      engine.listener.trackFailed(track, new MediaError('UNSUPPORTED_CODEC', false, 'no'));
      const [next] = engine.tracks;
      if (next) engine.listener.trackChanged(next.key);
      engine.status = 'BUFFERING';
      await pass(200);
    }
    expect(port.asked('skipTo', 'skipNext').length).toBeLessThan(12);
    expect(port.state.state).toBe('PAUSED');
    expect(player.getSnapshot().error?.reason).toBe('UNSUPPORTED_CODEC');
  });
});
