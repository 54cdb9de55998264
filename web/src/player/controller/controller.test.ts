import { describe, expect, it, vi } from 'vitest';

import { device, frame } from '../testing/fakes';
import { engine, open, openPlaying, pass, player, port, setUpTab } from '../testing/tab';

setUpTab();

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

  it('is not held against the track before, whose end sounds here still', async () => {
    port.state = frame({ listeningSessionId: 'party', activeDevice: null, anchorServerTime: performance.now() });
    await open();
    engine.positionMs = 199_900;
    port.push({
      ...{ anchorPositionMs: 199_900, anchorServerTime: performance.now() },
      ...{ changedByDeviceId: 'phone' },
    });
    await pass(50);
    port.push({ queueIndex: 1, trackId: 't1', anchorServerTime: performance.now(), anchorPositionMs: 0 });
    const before = engine.log.length;
    await pass(300);
    expect(engine.log.slice(before)).toEqual([]);
    expect(player.syncFigures()).toBeNull();
    engine.cross();
    await pass(100);
    expect(engine.log.slice(before).join()).not.toContain('start');
    expect(player.syncFigures()).not.toBeNull();
  });

  it('is reached by a second seek where the first has landed beside it', async () => {
    port.state = frame({ listeningSessionId: 'party', activeDevice: null, anchorServerTime: performance.now() });
    await open();
    await pass(2_000);
    engine.positionMs += 5_000;
    // The first lead is too long here: it takes no time to seek.
    await pass(3_000);
    expect(engine.log.filter((line) => line.startsWith('seek'))).toHaveLength(2);
    expect(Math.abs(player.syncFigures()?.offByMs ?? 999)).toBeLessThan(20);
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
