/** The tab's line to the server: registers the device, follows its frames, and finds the newest state again after any break. */

import { backoffMs } from '../engine/retry';
import type { Connection } from '../types';
import { type DeviceFrame, type GraphQLPort, type PlaybackFrame, PortError } from './port';

/** While the subscription is broken the state is asked for this often: it is right within 5 s of the network's return. */
const POLL_MS = 2_000;
const MAX_PAUSE_MS = 2_000;

interface LinkHost {
  /** `isLive`: from the subscription, as this device sees it; else from a query. */
  frame(frame: PlaybackFrame, isLive: boolean): void;
  deviceChanged(): void;
  /** Frames come (again). */
  connected(): void;
  changed(): void;
}

export class Link {
  device: DeviceFrame | null = null;
  #isFollowing = false;
  #isStopped = true;
  #unsubscribe: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #poll: ReturnType<typeof setInterval> | null = null;
  #attempts = 0;
  /** How many frames came live. */
  #liveFrames = 0;
  readonly #events = new AbortController();

  constructor(
    readonly port: GraphQLPort,
    readonly identity: { readonly installationId: string; readonly name: string },
    readonly host: LinkHost,
  ) {}

  get connection(): Connection {
    const connection = this.port.connection();
    return connection === 'LIVE' && !this.#isFollowing ? 'RECONNECTING' : connection;
  }

  start(): void {
    this.#isStopped = false;
    const { signal } = this.#events;
    const unlisten = this.port.onConnection(() => this.#connectionChanged());
    signal.addEventListener('abort', unlisten);
    globalThis.addEventListener?.('online', () => this.#wake(), { signal });
    // After sleep a page may not have noticed that its connection is gone.
    globalThis.document?.addEventListener(
      'visibilitychange',
      () => document.visibilityState === 'visible' && void this.look(),
      { signal },
    );
    this.#poll = setInterval(() => {
      if (this.connection !== 'LIVE') void this.look();
    }, POLL_MS);
    void this.look();
    void this.#open();
  }

  stop(): void {
    this.#isStopped = true;
    this.#events.abort();
    this.#unsubscribe?.();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#poll !== null) clearInterval(this.#poll);
    this.device = null;
  }

  /** Asks for the state once. */
  async look(): Promise<void> {
    const before = this.#liveFrames;
    const frame = await this.port.execute('playback', {}).catch(() => null);
    // What came live meanwhile is newer, even if it is another player's: a party was joined, say.
    if (frame && !this.#isStopped && before === this.#liveFrames) this.host.frame(frame, false);
  }

  async #open(): Promise<void> {
    if (this.#isStopped) return;
    this.#timer = null;
    try {
      const { device, userErrors } = await this.port.execute('registerDevice', this.identity);
      if (!device) throw new PortError('UNEXPECTED', userErrors[0]?.message ?? 'the device was not registered');
      if (this.#isStopped) return;
      this.device = device;
      this.host.deviceChanged();
      this.#follow(device.id);
    } catch {
      this.#closed();
    }
  }

  #follow(deviceId: string): void {
    const unsubscribe = this.port.playbackChanged(deviceId, {
      next: (frame) => {
        const isFirst = !this.#isFollowing;
        this.#isFollowing = true;
        this.#attempts = 0;
        this.#liveFrames += 1;
        this.host.frame(frame, true);
        if (isFirst) this.host.connected();
      },
      closed: () => {
        if (this.#unsubscribe === unsubscribe) this.#closed();
      },
    });
    this.#unsubscribe = unsubscribe;
  }

  /** Whether somebody is still signed in is for the session to say: it ends this line by `stop`. */
  #closed(): void {
    if (this.#isStopped) return;
    this.#isFollowing = false;
    this.#unsubscribe = null;
    this.host.changed();
    this.#attempts += 1;
    this.#timer = setTimeout(() => void this.#open(), Math.min(MAX_PAUSE_MS, backoffMs(this.#attempts)));
  }

  #connectionChanged(): void {
    // A socket that reconnects by itself goes on with the same subscription: its frames come, or the query is faster.
    if (this.port.connection() === 'LIVE') void this.look().then(() => this.host.connected());
    this.host.changed();
  }

  #wake(): void {
    void this.look();
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    void this.#open();
  }
}
