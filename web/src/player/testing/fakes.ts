/** A server and an engine for tests of the controller: small, strict, and under the test's control. */

import type { PlayerEngine } from '../controller/playhead';
import {
  type DeviceFrame,
  type FrameSink,
  type GraphQLPort,
  type OperationName,
  type Operations,
  type PlaybackFrame,
  PortError,
} from '../controller/port';
import type { EngineListener, EngineStatus, EngineTrack } from '../engine/engine';
import type { Connection, TrackMeta } from '../types';

export function device(id: string, changed: Partial<DeviceFrame> = {}): DeviceFrame {
  return { id, name: id, kind: 'WEB', online: true, volumePercent: 100, ...changed };
}

export function meta(id: string): TrackMeta {
  return {
    id,
    title: `Title of ${id}`,
    artists: [],
    album: null,
    durationMs: 200_000,
    explicit: false,
    playable: true,
  };
}

/** Tracks `t0`, `t1`, … of 200 s as a queue of entries `i0`, `i1`, … */
export function frame(changed: Partial<PlaybackFrame> & { tracks?: number } = {}): PlaybackFrame {
  const { tracks = 3, ...rest } = changed;
  const queue = Array.from({ length: tracks }, (_, index) => ({
    itemId: `i${index}`,
    cursor: `c${index}`,
    trackId: `t${index}`,
    addedBy: null,
  }));
  const index = rest.queueIndex ?? 0;
  return {
    id: 'player',
    version: 1,
    state: 'PLAYING',
    trackId: `t${index}`,
    track: meta(`t${index}`),
    durationMs: 200_000,
    playId: 'p1',
    anchorPositionMs: 0,
    anchorServerTime: 0,
    rate: 1,
    repeat: 'OFF',
    shuffle: false,
    volumePercent: 100,
    activeDevice: null,
    transferringTo: null,
    changedByDeviceId: null,
    listeningSessionId: null,
    source: null,
    requestId: null,
    privateUntil: null,
    queueIndex: index,
    queue,
    queueLength: tracks,
    ...rest,
  };
}

type Answer = {
  [N in OperationName]?: (
    variables: Operations[N]['variables'],
  ) => Operations[N]['data'] | Promise<Operations[N]['data']>;
};

/** Answers what the test says; remembers what it was asked. `serverNow` is its clock. */
export class FakePort implements GraphQLPort {
  state: PlaybackFrame = frame({ state: 'STOPPED', trackId: null, track: null, queueIndex: null, tracks: 0 });
  readonly calls: { readonly name: OperationName; readonly variables: unknown }[] = [];
  answers: Answer = {};
  /** Nothing comes back. */
  isOffline = false;
  device = device('me');
  #connection: Connection = 'LIVE';
  #sink: FrameSink | null = null;
  readonly #listeners = new Set<(connection: Connection) => void>();

  serverNow = () => performance.now();

  /** What was asked of these names, in order. */
  asked(...names: OperationName[]) {
    return this.calls.filter(({ name }) => names.includes(name));
  }

  /** Changes the state as a command of a device (or by itself) and tells the subscriber. */
  push(changed: Partial<PlaybackFrame>): void {
    this.state = { ...this.state, version: this.state.version + 1, changedByDeviceId: null, ...changed };
    this.#sink?.next(this.state);
  }

  setConnection(connection: Connection): void {
    this.#connection = connection;
    for (const listener of this.#listeners) listener(connection);
  }

  /** The subscription breaks. */
  breakOff(): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.closed(new PortError('OFFLINE', 'gone'));
  }

  async execute<N extends OperationName>(
    name: N,
    variables: Operations[N]['variables'],
  ): Promise<Operations[N]['data']> {
    await Promise.resolve();
    if (name !== 'serverTime') this.calls.push({ name, variables });
    if (this.isOffline) throw new PortError('OFFLINE', 'offline');
    const answer = this.answers[name];
    if (answer) return answer(variables);
    return this.#answer(name, variables as never) as Operations[N]['data'];
  }

  #answer(name: OperationName, variables: Record<string, never>): unknown {
    switch (name) {
      case 'registerDevice':
        return { device: this.device, userErrors: [] };
      case 'playback':
        return this.state;
      case 'serverTime':
        return this.serverNow();
      case 'queuePage':
        return { items: this.state.queue, tracks: this.state.queue.map(({ trackId }) => meta(trackId as string)) };
      case 'contextTracks':
        return { trackIds: ['t0', 't1', 't2'], next: null };
      case 'playRequest':
        return { requestId: 'prq_1' };
      case 'acknowledgeTransfer':
      case 'reportPlay':
        return { ok: true, userErrors: [] };
      default:
        return { playback: this.#command(name, variables), userErrors: [] };
    }
  }

  /** What the real server makes of a command, as far as these tests need it. */
  #command(name: OperationName, variables: Record<string, unknown>): PlaybackFrame {
    const active = this.state.activeDevice ?? this.device;
    const anchored = { anchorServerTime: this.serverNow(), activeDevice: active, changedByDeviceId: this.device.id };
    const at = (index: number) => ({
      queueIndex: index,
      trackId: `t${index}`,
      track: meta(`t${index}`),
      anchorPositionMs: 0,
    });
    const index = this.state.queueIndex ?? 0;
    const changes: Partial<Record<OperationName, Partial<PlaybackFrame>>> = {
      play: { state: 'PLAYING' },
      pause: { state: 'PAUSED' },
      seek: { anchorPositionMs: variables.positionMs as number },
      skipNext: at(index + 1),
      skipPrevious: this.#position() > 3_000 ? { anchorPositionMs: 0 } : at(Math.max(0, index - 1)),
      skipTo: at(Number(String(variables.itemId).slice(1))),
      setQueue: { ...frame({ tracks: 3 }), state: 'PLAYING', ...at((variables.startIndex as number) ?? 0) },
    };
    const { volumePercent, shuffle, repeat } = variables as Partial<PlaybackFrame>;
    const options = Object.fromEntries(
      Object.entries({ volumePercent, shuffle, repeat }).filter(([, value]) => value !== undefined),
    );
    this.push({
      ...changes[name],
      ...(name === 'setPlaybackOptions' ? options : {}),
      ...anchored,
      version: this.state.version + 1,
    });
    return this.state;
  }

  #position(): number {
    const { state, anchorPositionMs, anchorServerTime } = this.state;
    return state === 'PLAYING' ? anchorPositionMs + this.serverNow() - anchorServerTime : anchorPositionMs;
  }

  playbackChanged(_deviceId: string, sink: FrameSink): () => void {
    this.#sink = sink;
    queueMicrotask(() => this.#sink === sink && !this.isOffline && sink.next(this.state));
    return () => {
      if (this.#sink === sink) this.#sink = null;
    };
  }

  connection(): Connection {
    return this.#connection;
  }

  onConnection(listener: (connection: Connection) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** An engine that plays in the test's time, without sound. */
export class FakeEngine implements PlayerEngine {
  status: EngineStatus = 'IDLE';
  tracks: EngineTrack[] = [];
  positionMs = 0;
  volume = 1;
  rate = 1;
  readonly log: string[] = [];

  constructor(readonly listener: EngineListener) {}

  start(tracks: readonly EngineTrack[], positionMs = 0): void {
    this.tracks = [...tracks];
    this.positionMs = positionMs;
    if (this.status === 'IDLE') this.status = 'PAUSED';
    this.log.push(`start ${tracks[0]?.trackId} at ${Math.round(positionMs)}`);
  }

  setUpcoming(tracks: readonly EngineTrack[]): void {
    if (this.tracks[0]) this.tracks = [this.tracks[0], ...tracks];
  }

  play(): void {
    this.status = 'PLAYING';
    this.log.push('play');
    this.listener.changed();
  }

  unlock(): void {
    this.log.push('unlock');
  }

  pause(): void {
    if (this.status !== 'IDLE') this.status = 'PAUSED';
    this.log.push('pause');
  }

  seek(positionMs: number): void {
    this.positionMs = positionMs;
    this.log.push(`seek ${Math.round(positionMs)}`);
  }

  setRate(rate: number): void {
    this.rate = rate;
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  retry(): void {}

  stop(): void {
    this.status = 'IDLE';
    this.tracks = [];
    this.log.push('stop');
  }

  async dispose(): Promise<void> {}

  position() {
    const [track] = this.tracks;
    if (!track) return null;
    return {
      key: track.key,
      positionMs: this.positionMs,
      durationMs: 200_000,
      bufferedMs: 60_000,
      playableUntilMs: 200_000,
      rendition: null,
      offline: false,
      remainingS: null,
      starved: false,
    };
  }

  /** Time passes while it plays. */
  advance(ms: number): void {
    if (this.status === 'PLAYING') this.positionMs += ms;
  }

  /** The end of the track is reached: the next one sounds. */
  cross(): void {
    this.tracks.shift();
    this.positionMs = 0;
    const [track] = this.tracks;
    if (track) this.listener.trackChanged(track.key);
    else {
      this.status = 'ENDED';
      this.listener.ended();
    }
  }
}
