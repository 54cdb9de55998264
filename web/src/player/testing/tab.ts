/** A tab with a player in it, whose server, engine and clock are the test's. Call `setUpTab` in the test file. */

import { afterEach, beforeEach, vi } from 'vitest';

import { PlayerController } from '../controller/controller';
import type { OfflinePlay } from '../controller/offlinePlays';
import { device, FakeEngine, FakePort, frame, meta } from './fakes';

export let port: FakePort;
export let engine: FakeEngine;
export let player: PlayerController;
/** Plays that wait for the server. */
export let plays: OfflinePlay[];

/** Time passes for everybody. */
export async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    engine.advance(Math.min(100, left));
    await vi.advanceTimersByTimeAsync(Math.min(100, left));
  }
}

/** Opens the page. */
export async function open(): Promise<void> {
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

/** Opens the page, which plays the first of three tracks. */
export async function openPlaying(): Promise<void> {
  port.state = frame({ activeDevice: device('me'), anchorServerTime: performance.now(), version: 5 });
  await open();
}

/** Opens the page without a network; of its tracks `t0` to `t2` are known. */
export async function openOffline(): Promise<void> {
  port.isOffline = true;
  port.setConnection('OFFLINE');
  await open();
  player.learn([meta('t0'), meta('t1'), meta('t2')]);
}

/** The network is gone, which the page learns from its socket. */
export function loseNetwork(): void {
  port.isOffline = true;
  port.setConnection('OFFLINE');
  port.breakOff();
}

/** The network is back, and so is the socket. */
export function regainNetwork(): void {
  port.isOffline = false;
  port.setConnection('LIVE');
}

/** Each test has a server and a clock of its own. */
export function setUpTab(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
    port = new FakePort();
    plays = [];
  });

  afterEach(async () => {
    await player.dispose();
    vi.useRealTimers();
  });
}
