import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { device, FakeEngine, FakePort, frame } from '../testing/fakes';
import { PlayerController } from './controller';
import type { OfflinePlay } from './offlinePlays';
import { PortError } from './port';

let port: FakePort;
let engine: FakeEngine;
let player: PlayerController;
let plays: OfflinePlay[];

/** Time passes for everybody. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    engine.advance(Math.min(100, left));
    await vi.advanceTimersByTimeAsync(Math.min(100, left));
  }
}

async function open(): Promise<void> {
  player = new PlayerController({
    port,
    identity: { installationId: 'installation.0', name: 'Test', release: () => {} },
    outbox: {
      add: async (play) => void plays.push(play),
      all: async () => [...plays],
      remove: async (id) => {
        plays = plays.filter(({ playId }) => playId !== id);
      },
    },
    engine: (listener) => {
      engine = new FakeEngine(listener);
      return engine;
    },
  });
  player.start();
  await pass(500);
}

/** The tab plays the first of three tracks. */
async function openPlaying(): Promise<void> {
  port.state = frame({ activeDevice: device('me'), anchorServerTime: performance.now(), version: 5 });
  await open();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  port = new FakePort();
  plays = [];
});

afterEach(async () => {
  await player.dispose();
  vi.useRealTimers();
});

describe('a tab as a device', () => {
  it('registers and shows what plays elsewhere without a sound', async () => {
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() - 3_000 });
    await open();
    const state = player.getSnapshot();
    expect(state).toMatchObject({ status: 'PLAYING', playsHere: false, activeDevice: { id: 'phone', isThis: false } });
    expect(state.track?.title).toBe('Title of t0');
    expect(player.positionMs()).toBeGreaterThan(3_000);
    expect(engine.status).toBe('IDLE');
  });

  it('plays what is its own, with what follows', async () => {
    await openPlaying();
    expect(engine.status).toBe('PLAYING');
    expect(engine.tracks.map(({ trackId }) => trackId)).toEqual(['t0', 't1', 't2']);
    expect(player.getSnapshot()).toMatchObject({ playsHere: true, connection: 'LIVE' });
  });

  it('stops when another device takes over, and tells nobody', async () => {
    await openPlaying();
    port.push({ activeDevice: device('phone'), changedByDeviceId: 'phone' });
    expect(engine.status).toBe('IDLE');
    expect(port.asked('pause', 'seek', 'skipTo')).toEqual([]);
  });

  it('takes over: sounds first, then acknowledges the version that said so', async () => {
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() });
    await open();
    const version = port.state.version + 1;
    port.push({ activeDevice: device('me'), transferringTo: device('me'), changedByDeviceId: 'phone' });
    await pass(100);
    expect(engine.status).toBe('PLAYING');
    expect(port.asked('acknowledgeTransfer')).toEqual([
      { name: 'acknowledgeTransfer', variables: { deviceId: 'me', version } },
    ]);
  });

  it('does not acknowledge what it may not play without a click', async () => {
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() });
    await open();
    engine.play = () => engine.listener.autoplayBlocked();
    port.push({ activeDevice: device('me'), transferringTo: device('me'), changedByDeviceId: 'phone' });
    await pass(100);
    expect(port.asked('acknowledgeTransfer')).toEqual([]);
    expect(player.getSnapshot().error?.reason).toBe('AUTOPLAY_BLOCKED');
  });

  it('obeys volume, pause and seek of other devices', async () => {
    await openPlaying();
    port.push({ volumePercent: 40, changedByDeviceId: 'phone' });
    expect(engine.volume).toBe(0.4);
    port.push({ state: 'PAUSED', anchorPositionMs: 90_000, changedByDeviceId: 'phone' });
    expect(engine.status).toBe('PAUSED');
    expect(Math.abs(engine.positionMs - 90_000)).toBeLessThan(1);
  });
});

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
    port.isOffline = true;
    port.setConnection('OFFLINE');
    port.breakOff();
    expect(await player.pause()).toEqual({ ok: true });
    await pass(10_000);
    expect(engine.status).toBe('PAUSED');
    port.isOffline = false;
    port.setConnection('LIVE');
    await pass(3_000);
    expect(port.state.state).toBe('PAUSED');
    expect(engine.status).toBe('PAUSED');
  });

  it('does not take the sound back from a device that was chosen meanwhile', async () => {
    await openPlaying();
    port.isOffline = true;
    port.setConnection('OFFLINE');
    port.breakOff();
    await player.pause();
    port.state = {
      ...port.state,
      version: 30,
      state: 'PLAYING',
      activeDevice: device('phone'),
      changedByDeviceId: 'phone',
    };
    port.isOffline = false;
    port.setConnection('LIVE');
    await pass(3_000);
    expect(port.state.version).toBe(30);
    expect(engine.status).toBe('IDLE');
  });

  it('does what other devices decided while the network was gone, although it went on by itself', async () => {
    await openPlaying();
    port.isOffline = true;
    port.setConnection('OFFLINE');
    port.breakOff();
    await pass(10_000);
    engine.cross();
    await pass(5_000);
    expect(engine.status).toBe('PLAYING');
    port.state = {
      ...port.state,
      ...{ version: 31, state: 'PAUSED', queueIndex: 2, trackId: 't2', track: null, anchorPositionMs: 4_000 },
      changedByDeviceId: 'phone',
    };
    port.isOffline = false;
    port.setConnection('LIVE');
    await pass(4_900);
    expect(port.state.version).toBe(31);
    expect(engine.status).toBe('PAUSED');
    expect(engine.tracks[0]?.trackId).toBe('t2');
    expect(Math.abs(engine.positionMs - 4_000)).toBeLessThan(1);
    expect(player.getSnapshot()).toMatchObject({ status: 'PAUSED', track: { id: 't2' } });
  });

  it('plays offline songs and reports the plays once', async () => {
    await open();
    port.isOffline = true;
    port.setConnection('OFFLINE');
    port.breakOff();
    expect(await player.playTracks(['t0', 't1'])).toEqual({ ok: true });
    await pass(40_000);
    engine.cross();
    await pass(35_000);
    port.isOffline = false;
    port.setConnection('LIVE');
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

describe('a party', () => {
  it('is followed by speed and by seeking', async () => {
    const session = { listeningSessionId: 'party', activeDevice: null };
    port.serverNow = () => performance.now() + 2_000;
    port.state = frame({ ...session, anchorServerTime: performance.now() + 2_000 });
    await open();
    await pass(3_000);
    expect(engine.status).toBe('PLAYING');
    engine.positionMs += 50 - (player.syncFigures()?.offByMs ?? 0);
    await pass(200);
    expect(engine.rate).toBeLessThan(1);
    engine.positionMs += 5_000;
    await pass(200);
    expect(engine.log.at(-1)).toMatch(/^seek/);
    expect(player.syncFigures()?.clockUncertaintyMs).toBeLessThan(1);
  });

  it('is not changed by what happens to one who listens', async () => {
    port.state = frame({ listeningSessionId: 'party', activeDevice: null, anchorServerTime: performance.now() });
    await open();
    engine.status = 'BUFFERING';
    await vi.advanceTimersByTimeAsync(5_000);
    engine.status = 'PLAYING';
    port.push({});
    engine.listener.interrupted();
    await pass(500);
    port.push({ queueIndex: 1, trackId: 't1', anchorServerTime: performance.now(), anchorPositionMs: 0 });
    await pass(500);
    expect(engine.tracks[0]?.trackId).toBe('t1');
    expect(port.asked('seek', 'pause', 'skipTo', 'skipNext', 'setQueue')).toEqual([]);
  });

  it('stands where the others stand', async () => {
    port.state = frame({ listeningSessionId: 'party', activeDevice: null, anchorServerTime: performance.now() });
    await open();
    port.push({ state: 'PAUSED', anchorPositionMs: 1_234, changedByDeviceId: 'other' });
    await pass(500);
    expect(engine.status).toBe('PAUSED');
    expect(engine.positionMs).toBe(1_234);
  });
});

describe('sign-out', () => {
  it('leaves nothing', async () => {
    await openPlaying();
    await player.dispose();
    expect(player.getSnapshot()).toMatchObject({ track: null, queue: { entries: [] }, thisDevice: null });
    expect(engine.status).toBe('IDLE');
  });
});
