import { describe, expect, it } from 'vitest';

import { device, frame } from '../testing/fakes';
import { engine, openOffline, pass, player, port, setUpTab } from '../testing/tab';

setUpTab();

describe('a page that is opened without a network', () => {
  it('plays and shows what it is told to, with what follows', async () => {
    await openOffline();
    expect(await player.playTracks(['t0', 't1', 't2'])).toEqual({ ok: true });
    await pass(500);
    const state = player.getSnapshot();
    expect(state).toMatchObject({ status: 'PLAYING', playsHere: true, track: { title: 'Title of t0' } });
    expect(state.queue.entries.map(({ track }) => track?.id)).toEqual(['t0', 't1', 't2']);
    expect(engine.tracks.map(({ trackId }) => trackId)).toEqual(['t0', 't1', 't2']);
  });

  it('pauses, goes on, and goes to the next', async () => {
    await openOffline();
    await player.playTracks(['t0', 't1', 't2']);
    await player.pause();
    expect(player.getSnapshot().status).toBe('PAUSED');
    await player.resume();
    expect(player.getSnapshot().status).toBe('PLAYING');
    await player.next();
    expect(player.getSnapshot()).toMatchObject({ track: { id: 't1' }, queue: { currentIndex: 1 } });
    engine.cross();
    expect(player.getSnapshot()).toMatchObject({ track: { id: 't2' }, queue: { currentIndex: 2 } });
  });

  it('tells the server of it when it can, as the device that the server knows', async () => {
    await openOffline();
    await player.playTracks(['t0', 't1', 't2']);
    await player.next();
    await pass(2_000);
    port.isOffline = false;
    port.state = frame({ state: 'STOPPED', trackId: null, track: null, queueIndex: null, tracks: 0 });
    port.setConnection('LIVE');
    await pass(5_000);
    const told = port.asked('setQueue').at(-1)?.variables;
    expect(told).toMatchObject({ trackIds: ['t0', 't1', 't2'], startIndex: 1, play: true, deviceId: 'me' });
    expect(JSON.stringify(port.calls)).not.toContain('"local');
    expect(player.getSnapshot()).toMatchObject({ status: 'PLAYING', playsHere: true, track: { id: 't1' } });
  });

  it('leaves the music where somebody else plays meanwhile', async () => {
    await openOffline();
    await player.playTracks(['t0']);
    port.isOffline = false;
    port.state = frame({ activeDevice: device('phone'), anchorServerTime: performance.now() });
    port.setConnection('LIVE');
    await pass(5_000);
    expect(engine.status).toBe('IDLE');
    expect(player.getSnapshot()).toMatchObject({ playsHere: false, activeDevice: { id: 'phone' } });
  });
});
