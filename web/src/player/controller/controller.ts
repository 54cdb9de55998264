/**
 * The player of this tab: shows what the viewer plays, on whatever device, and makes the sound when it is this one. Commands act
 * here at once and go to the server; frames of the server are followed as `follow` says.
 */

import type { EngineListener } from '../engine/engine';
import {
  type CommandResult,
  EMPTY_STATE,
  type PlayContext,
  type Player,
  type PlayerError,
  type PlayerState,
  type RepeatMode,
} from '../types';
import { CommandQueue, errorOfPort, type Outcome } from './commandQueue';
import { Link } from './link';
import { OfflinePlays, type PlayOutbox } from './offlinePlays';
import { PartySync, type SyncFigures } from './partySync';
import { itemPatch, type PlayerEngine, Playhead, type PlayheadHost, type Slot, soundsHere } from './playhead';
import type { CommandName, GraphQLPort, Operations, PlaybackFrame } from './port';
import { QueueStore } from './queueStore';
import { Timekeeper } from './timekeeper';
import { expectedPosition, view } from './view';

export interface ControllerOptions {
  readonly port: GraphQLPort;
  readonly engine: (listener: EngineListener) => PlayerEngine;
  readonly identity: { readonly installationId: string; readonly name: string; release(): void };
  /** Plays that were made while the server could not be told. */
  readonly outbox: PlayOutbox;
}

const VOLUME_DELAY_MS = 120;
/** Behind this "previous" begins the track again; as the server does. */
const RESTART_AFTER_MS = 3_000;
const MAX_QUEUE = 10_000;
/** So many tracks of a new queue are made known to the engine before the server has answered. */
const ANNOUNCED = 5;

type Patch = Partial<PlaybackFrame>;

export class PlayerController implements Player {
  #state: PlayerState = EMPTY_STATE;
  readonly #listeners = new Set<() => void>();
  readonly #playhead: Playhead;
  readonly #queue: QueueStore;
  readonly #time: Timekeeper;
  readonly #commands: CommandQueue;
  readonly #link: Link;
  readonly #sync: PartySync;
  readonly #plays: OfflinePlays;
  #frame: PlaybackFrame | null = null;
  /** What plays as far as the server knows; the frame is moved on at seams before that. */
  #serverTrackId: string | null = null;
  /** What commands on their way will make of the frame. */
  readonly #patches = new Set<Patch>();
  #error: PlayerError | null = null;
  #volumeCall = 0;
  /** What was done here while the server could not be told: with a new queue, or without. */
  #untold: { readonly trackIds: readonly string[] | null } | null = null;

  constructor(readonly options: ControllerOptions) {
    const { port } = options;
    this.#queue = new QueueStore(port, () => this.#queueChanged());
    this.#playhead = new Playhead(this.#playheadHost(), this.#queue, options.engine);
    this.#time = new Timekeeper(port, () => this.#emit());
    this.#commands = new CommandQueue(port, ({ playback }) => playback && this.#take(playback, false));
    this.#plays = new OfflinePlays(port, options.outbox);
    this.#sync = new PartySync(this.#playhead.engine, this.#time, () => this.#shown());
    this.#link = new Link(port, options.identity, {
      frame: (frame, isLive) => this.#take(frame, isLive),
      deviceChanged: () => this.#follow(),
      connected: () => this.#connected(),
      changed: () => this.#emit(),
      failed: (error) => this.#fail(error),
    });
  }

  /** Registers the tab as a device and follows what plays, until `dispose`. */
  start(): void {
    this.#time.start();
    this.#link.start();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): PlayerState => this.#state;

  positionMs(): number {
    const frame = this.#shown();
    const here = this.#isHere && !this.#playhead.isIdle ? this.#playhead.engine.position() : null;
    if (here) return here.positionMs;
    return frame ? this.#expectedMs(frame) : 0;
  }

  /** How exactly this tab plays along in a party; null: no party, or nothing sounds. */
  syncFigures(): SyncFigures | null {
    return this.#sync.figures();
  }

  async play(context: PlayContext, startAt?: number): Promise<CommandResult> {
    if (context.kind === 'TRACKS') return this.playTracks(context.trackIds, startAt);
    const key = context.kind === 'LIKED' ? '' : context.kind === 'SEARCH' ? context.query : context.id;
    const trackIds: string[] = [];
    try {
      for (let after: string | null = null; ; ) {
        const variables: Operations['contextTracks']['variables'] = { kind: context.kind, key, after };
        const page = await this.options.port.execute('contextTracks', variables);
        trackIds.push(...page.trackIds);
        after = page.next;
        if (after === null || trackIds.length >= MAX_QUEUE) break;
      }
    } catch (error) {
      return this.#fail(errorOfPort(error));
    }
    return this.playTracks(trackIds.slice(0, MAX_QUEUE), startAt);
  }

  async playTracks(trackIds: readonly string[], startAt?: number): Promise<CommandResult> {
    const shown = this.#shown();
    // A shuffled queue begins anywhere, and only the server knows where.
    const index = startAt ?? (shown?.shuffle && trackIds.length > 1 ? null : 0);
    const trackId = index === null ? undefined : trackIds[index];
    const beginsHere = trackId !== undefined && (!shown?.activeDevice || this.#isHere) && !shown?.listeningSessionId;
    if (beginsHere) {
      this.#playhead.begin(this.#playhead.slot({ trackId, itemId: null }), 0, true);
      this.#playhead.announce(trackIds.slice((index ?? 0) + 1, (index ?? 0) + 1 + ANNOUNCED));
    }
    const variables = () => ({ trackIds, startIndex: index, startPositionMs: 0, play: true, deviceId: this.#deviceId });
    const patch = trackId === undefined ? {} : this.#queuePatch(trackIds, index ?? 0);
    const outcome = await this.#send('setQueue', variables, patch);
    if (!outcome.isLost || !beginsHere) return this.#settle(outcome);
    this.#untold = { trackIds };
    this.#plays.begin(trackId);
    return { ok: true };
  }

  playItem(itemId: string): Promise<CommandResult> {
    const found = this.#queue.find(itemId);
    if (found?.item.trackId && this.#isHere) this.#playhead.begin(this.#playhead.slot(found.item), 0, true);
    const patch: Patch = found ? { ...itemPatch(found.item, found.index, this.#serverNow), state: 'PLAYING' } : {};
    return this.#command('skipTo', () => ({ itemId, ...this.#based }), patch);
  }

  pause(): Promise<CommandResult> {
    if (this.#isHere) this.#playhead.engine.pause();
    return this.#command('pause', () => this.#unbased, this.#anchored({ state: 'PAUSED' }));
  }

  resume(): Promise<CommandResult> {
    const shown = this.#shown();
    if (shown?.trackId && (this.#isHere || !shown.activeDevice)) {
      if (this.#playhead.isIdle)
        this.#playhead.begin(
          this.#playhead.slot({ trackId: shown.trackId, itemId: null }),
          this.#expectedMs(shown),
          true,
        );
      else this.#playhead.engine.play();
    }
    this.#pass('AUTOPLAY_BLOCKED');
    return this.#command('play', () => this.#unbased, this.#anchored({ state: 'PLAYING' }));
  }

  next(): Promise<CommandResult> {
    const index = this.#shown()?.queueIndex;
    const item = this.#queue.upcoming('OFF', false)[0];
    const isMeant = this.#meant();
    if (item && this.#isHere) {
      const { current, upcoming } = this.#playhead;
      const known = upcoming.find((slot) => slot.trackId === item.trackId && slot.itemId !== current?.itemId);
      this.#playhead.begin(known ?? this.#playhead.slot(item), 0, this.#playhead.engine.status !== 'PAUSED');
    }
    const patch = item && index != null ? itemPatch(item, index + 1, this.#serverNow) : {};
    return this.#command('skipNext', () => this.#based, patch, isMeant);
  }

  previous(): Promise<CommandResult> {
    const item = this.#queue.previous();
    const index = this.#shown()?.queueIndex;
    const isMeant = this.#meant();
    const restarts = this.positionMs() > RESTART_AFTER_MS || !item?.trackId || index == null;
    if (this.#isHere && restarts) this.#playhead.engine.seek(0);
    else if (this.#isHere && item)
      this.#playhead.begin(this.#playhead.slot(item), 0, this.#playhead.engine.status !== 'PAUSED');
    const patch = restarts ? this.#anchored({}, 0) : itemPatch(item, index - 1, this.#serverNow);
    return this.#command('skipPrevious', () => this.#based, patch, isMeant);
  }

  seek(positionMs: number): Promise<CommandResult> {
    const position = Math.round(Math.max(0, positionMs));
    if (this.#isHere) this.#playhead.engine.seek(position);
    const variables = () => ({ positionMs: position, ...this.#based });
    return this.#command('seek', variables, this.#anchored({}, position), this.#meant());
  }

  async setVolume(percent: number, deviceId?: string): Promise<CommandResult> {
    const volumePercent = Math.round(Math.min(100, Math.max(0, percent)));
    const active = this.#shown()?.activeDevice?.id ?? this.#deviceId;
    const target = deviceId ?? active;
    if (target === this.#deviceId) this.#playhead.engine.setVolume(volumePercent / 100);
    const patch: Patch = target === active ? { volumePercent } : {};
    this.#patches.add(patch);
    this.#emit();
    // Of a slider that is dragged only where it comes to rest is sent.
    this.#volumeCall += 1;
    const call = this.#volumeCall;
    await new Promise((resolve) => setTimeout(resolve, VOLUME_DELAY_MS));
    this.#patches.delete(patch);
    if (call !== this.#volumeCall) return { ok: true };
    return this.#command('setPlaybackOptions', () => ({ volumePercent, deviceId: target }), patch);
  }

  enqueue(trackIds: readonly string[]): Promise<CommandResult> {
    return this.#enqueue(trackIds, 'LAST');
  }

  playNext(trackIds: readonly string[]): Promise<CommandResult> {
    return this.#enqueue(trackIds, 'NEXT');
  }

  moveItem(itemId: string, afterItemId: string | null): Promise<CommandResult> {
    return this.#command('moveQueueItem', () => ({ itemId, afterItemId }), {});
  }

  removeItems(itemIds: readonly string[]): Promise<CommandResult> {
    return this.#command('removeQueueItems', () => ({ itemIds }), {});
  }

  clearQueue(): Promise<CommandResult> {
    const empty = { trackIds: [], startIndex: null, startPositionMs: 0, play: false };
    return this.#command('setQueue', () => ({ ...empty, deviceId: this.#deviceId }), {});
  }

  setShuffle(shuffle: boolean): Promise<CommandResult> {
    return this.#command('setPlaybackOptions', () => ({ shuffle, deviceId: this.#deviceId }), { shuffle });
  }

  setRepeat(repeat: RepeatMode): Promise<CommandResult> {
    return this.#command('setPlaybackOptions', () => ({ repeat, deviceId: this.#deviceId }), { repeat });
  }

  transferTo(toDeviceId: string): Promise<CommandResult> {
    return this.#command('transferPlayback', () => ({ toDeviceId, play: null }), {});
  }

  dismissError(): void {
    this.#error = null;
    this.#emit();
  }

  async dispose(): Promise<void> {
    this.#time.stop();
    this.#sync.stop();
    this.#link.stop();
    this.#frame = null;
    this.#queue.clear();
    this.#playhead.stop();
    this.#emit();
    this.#listeners.clear();
    this.options.identity.release();
    await this.#playhead.engine.dispose();
  }

  // Frames.

  /** The newest frame, with what commands on their way will make of it. */
  #shown(): PlaybackFrame | null {
    if (!this.#frame) return null;
    return [...this.#patches].reduce<PlaybackFrame>((frame, patch) => ({ ...frame, ...patch }), this.#frame);
  }

  #take(frame: PlaybackFrame, isLive: boolean): void {
    const known = this.#frame;
    // The target of a transfer sees itself as active, in frames of its subscription only: those may be taken twice.
    const isOld = known?.id === frame.id && (isLive ? frame.version < known.version : frame.version <= known.version);
    if (isOld) return this.#emit();
    this.#frame = frame;
    this.#serverTrackId = frame.trackId;
    this.#queue.update(this.#shown() ?? frame);
    this.#sync.setActive(frame.listeningSessionId !== null);
    this.#follow();
  }

  #follow(): void {
    const shown = this.#shown();
    if (!shown || this.#untold) return this.#emit();
    if (this.#isHere) this.#playhead.engine.setVolume(shown.volumePercent / 100);
    this.#playhead.follow(shown);
    this.#emit();
  }

  #queueChanged(): void {
    this.#playhead.refresh();
    this.#emit();
  }

  /** Frames come again: what was done meanwhile is told, unless somebody else has decided otherwise. */
  #connected(): void {
    this.#time.probeNow();
    this.#playhead.engine.retry();
    this.#pass('OFFLINE');
    this.#plays.end();
    void this.#plays.report().catch(() => {});
    const untold = this.#untold;
    this.#untold = null;
    const isTaken = this.#frame?.state === 'PLAYING' && this.#frame.activeDevice !== null && !this.#isHere;
    if (!untold || !this.#playhead.current || isTaken) return this.#follow();
    void this.#tell(untold.trackIds, this.#playhead.current);
  }

  /** Makes the server's state what is heard here. */
  async #tell(trackIds: readonly string[] | null, slot: Slot): Promise<void> {
    const { engine } = this.#playhead;
    const positionMs = Math.round(engine.position()?.positionMs ?? 0);
    const play = engine.status === 'PLAYING' || engine.status === 'BUFFERING';
    const deviceId = this.#deviceId;
    if (trackIds) {
      const startIndex = Math.max(0, trackIds.indexOf(slot.trackId));
      await this.#send('setQueue', () => ({ trackIds, startIndex, startPositionMs: positionMs, play, deviceId }), {});
      return;
    }
    const { itemId } = slot;
    if (itemId && this.#serverTrackId !== slot.trackId)
      await this.#send('skipTo', () => ({ itemId, ...this.#unbased }), {});
    await this.#send('seek', () => ({ positionMs, ...this.#unbased }), {});
    const isPlaying = this.#frame?.state === 'PLAYING';
    if (play !== isPlaying) await this.#send(play ? 'play' : 'pause', () => this.#unbased, {});
  }

  // Sending.

  async #send<N extends CommandName>(
    name: N,
    variables: () => Operations[N]['variables'],
    patch: Patch,
    isMeant?: () => boolean,
  ): Promise<Outcome> {
    this.#patches.add(patch);
    this.#patched(patch);
    const outcome = await this.#commands.run(name, variables, isMeant);
    // Without an answer what was done here is what there is.
    if (outcome.isLost && this.#isHere && this.#frame) this.#frame = { ...this.#frame, ...patch };
    this.#patches.delete(patch);
    this.#patched(patch);
    this.#follow();
    return outcome;
  }

  /** The queue is looked at from where the shown frame stands. */
  #patched(patch: Patch): void {
    const shown = this.#shown();
    if (shown && patch.queueIndex !== undefined) this.#queue.update(shown);
    this.#emit();
  }

  async #command<N extends CommandName>(
    name: N,
    variables: () => Operations[N]['variables'],
    patch: Patch,
    isMeant?: () => boolean,
  ): Promise<CommandResult> {
    const wasHere = this.#isHere;
    const outcome = await this.#send(name, variables, patch, isMeant);
    if (!outcome.isLost || !wasHere || Object.keys(patch).length === 0) return this.#settle(outcome);
    this.#untold ??= { trackIds: null };
    return { ok: true };
  }

  #settle({ result }: Outcome): CommandResult {
    return result.ok ? result : this.#fail(result.error);
  }

  async #enqueue(trackIds: readonly string[], position: 'LAST' | 'NEXT'): Promise<CommandResult> {
    // The same key for both attempts: what was done although its answer was lost is not done twice.
    const variables = { trackIds, position, idempotencyKey: crypto.randomUUID() };
    const outcome = await this.#send('enqueue', () => variables, {});
    return this.#settle(outcome.isLost ? await this.#send('enqueue', () => variables, {}) : outcome);
  }

  /** Based on the version that is known: refused when somebody else was quicker. */
  get #based() {
    return { baseVersion: this.#frame?.version ?? null, deviceId: this.#deviceId };
  }

  get #unbased() {
    return { baseVersion: null, deviceId: this.#deviceId };
  }

  get #deviceId(): string | null {
    return this.#link.device?.id ?? null;
  }

  get #serverNow(): number {
    return this.#time.serverTime(performance.now());
  }

  get #isHere(): boolean {
    return soundsHere(this.#shown(), this.#deviceId);
  }

  #expectedMs(frame: PlaybackFrame): number {
    return expectedPosition(frame, this.#serverNow);
  }

  /** A patch that moves the anchor to now. */
  #anchored(patch: Patch, positionMs = this.positionMs()): Patch {
    return { ...patch, anchorPositionMs: positionMs, anchorServerTime: this.#serverNow };
  }

  /** Whether a command that was refused for its version means the same thing now: the same entry plays. */
  #meant(): () => boolean {
    const { trackId, queueIndex } = this.#frame ?? {};
    return () => this.#frame?.trackId === trackId && this.#frame?.queueIndex === queueIndex;
  }

  #queuePatch(trackIds: readonly string[], index: number): Patch {
    const device = this.#shown()?.activeDevice ?? this.#link.device;
    const trackId = trackIds[index] ?? null;
    return { ...this.#anchored({ state: 'PLAYING' }, 0), trackId, track: null, durationMs: null, activeDevice: device };
  }

  // State.

  #playheadHost(): PlayheadHost {
    return {
      shown: () => this.#shown(),
      deviceId: () => this.#deviceId,
      expectedMs: (frame) => this.#expectedMs(frame),
      isWaiting: () => this.#commands.isWaiting || this.#untold !== null,
      entered: (slot) => this.#entered(slot),
      skipped: () => void this.#send('skipNext', () => this.#unbased, {}),
      report: (slot) => void this.#tell(null, slot),
      acknowledge: (version) => this.#acknowledge(version),
      paused: () => void this.pause(),
      fail: (error) => void this.#fail(error),
      pass: (...reasons) => this.#pass(...reasons),
      changed: () => this.#engineChanged(),
    };
  }

  /** The engine went over a seam. The server does so by itself; until its frame comes this is shown. */
  #entered(slot: Slot): void {
    const found = slot.itemId === null ? null : this.#queue.find(slot.itemId);
    if (this.#frame && found) this.#frame = { ...this.#frame, ...itemPatch(found.item, found.index, this.#serverNow) };
    if (this.#frame && found) this.#queue.update(this.#frame);
    if (this.#untold) this.#plays.begin(slot.trackId);
    this.#playhead.refresh();
    this.#emit();
  }

  #acknowledge(version: number): void {
    const deviceId = this.#deviceId;
    if (deviceId !== null) this.options.port.execute('acknowledgeTransfer', { deviceId, version }).catch(() => {});
  }

  #engineChanged(): void {
    const frame = this.#frame;
    if (frame?.transferringTo) this.#playhead.acknowledgeIfReady(frame);
    this.#plays.setSounding(this.#playhead.engine.status === 'PLAYING');
    this.#emit();
  }

  #fail(error: PlayerError): CommandResult {
    this.#error = error;
    this.#emit();
    return { ok: false, error };
  }

  /** Errors that have passed. */
  #pass(...reasons: PlayerError['reason'][]): void {
    if (this.#error && reasons.includes(this.#error.reason)) this.dismissError();
  }

  #emit(): void {
    const frame = this.#shown();
    const { engine, current } = this.#playhead;
    const trackId = (this.#isHere ? current?.trackId : null) ?? frame?.trackId ?? null;
    const now = performance.now();
    const next = view(
      {
        frame,
        now,
        queue: this.#queue.view,
        track: this.#queue.track(trackId) ?? (frame?.trackId === trackId ? (frame?.track ?? null) : null),
        device: this.#link.device,
        connection: this.#link.connection,
        error: this.#error,
        engine: { status: engine.status, position: engine.position() },
        serverNow: this.#serverNow,
      },
      this.#state,
    );
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
