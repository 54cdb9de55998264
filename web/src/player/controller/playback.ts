/**
 * What plays, as this tab knows it: the newest frame of the server, what commands on their way will make of it, and the sound that
 * is made here. Frames are followed as `follow` says; what was done while the server could not be told is told later.
 */

import type { EngineListener } from '../engine/engine';
import { type CommandResult, EMPTY_STATE, type PlayerError, type PlayerState } from '../types';
import { CommandQueue, type Outcome } from './commandQueue';
import { Link } from './link';
import { LOCAL_ID, localFrame, localQueue } from './local';
import { OfflinePlays, type PlayOutbox } from './offlinePlays';
import { PartySync, type SyncFigures } from './partySync';
import { itemPatch, type PlayerEngine, Playhead, type PlayheadHost, type Slot, soundsHere } from './playhead';
import type { CommandName, DeviceFrame, GraphQLPort, Operations, PlaybackFrame } from './port';
import { QueueStore } from './queueStore';
import { Requests } from './requests';
import { Timekeeper } from './timekeeper';
import { expectedPosition, view } from './view';

/** A queue that another service makes comes within a second; after this it is made of ids. */
const REQUEST_PATIENCE_MS = 5_000;

export interface ControllerOptions {
  readonly port: GraphQLPort;
  readonly engine: (listener: EngineListener) => PlayerEngine;
  readonly identity: { readonly installationId: string; readonly name: string; release(): void };
  /** Plays that were made while the server could not be told. */
  readonly outbox: PlayOutbox;
}

/** A change of the frame that a command will make. */
export type Patch = Partial<PlaybackFrame>;

export class Playback {
  #state: PlayerState = EMPTY_STATE;
  readonly #listeners = new Set<() => void>();
  readonly playhead: Playhead;
  readonly queue: QueueStore;
  readonly #time: Timekeeper;
  readonly #commands: CommandQueue;
  readonly link: Link;
  readonly #sync: PartySync;
  readonly #requests = new Requests(REQUEST_PATIENCE_MS);
  readonly plays: OfflinePlays;
  #frame: PlaybackFrame | null = null;
  /** What plays as far as the server knows; the frame is moved on at seams before that. */
  #serverTrackId: string | null = null;
  /** What commands on their way will make of the frame. */
  readonly patches = new Set<Patch>();
  error: PlayerError | null = null;
  /** What was done here while the server could not be told: with a new queue, or without. */
  untold: { readonly trackIds: readonly string[] | null } | null = null;

  constructor(readonly options: ControllerOptions) {
    const { port } = options;
    this.queue = new QueueStore(port, () => this.#queueChanged());
    this.playhead = new Playhead(this.#playheadHost(), this.queue, options.engine);
    this.#time = new Timekeeper(port, () => this.emit());
    this.#commands = new CommandQueue(port, ({ playback }) => playback && this.#take(playback, false));
    this.plays = new OfflinePlays(port, options.outbox);
    this.#sync = new PartySync(this.playhead.engine, this.#time, () => this.#soundingFrame());
    this.link = new Link(port, options.identity, {
      frame: (frame, isLive) => this.#take(frame, isLive),
      deviceChanged: () => this.#follow(),
      connected: () => this.#connected(),
      changed: () => this.emit(),
    });
  }

  /** What there is to show while no server has said anything: this tab alone. Replaced by the first frame. */
  ensureFrame(): void {
    this.#frame ??= localFrame(this.options.identity.name);
  }

  /** A queue that the server could not be told of is the one that plays, until it can. */
  keepLocalQueue(trackIds: readonly string[], index: number): void {
    if (!this.#frame) return;
    this.#frame = { ...this.#frame, ...localQueue(trackIds, index) };
    this.queue.update(this.#frame);
    this.playhead.refresh();
    this.emit();
  }

  /** Registers the tab as a device and follows what plays, until `dispose`. */
  start(): void {
    this.#time.start();
    this.link.start();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): PlayerState => this.#state;

  positionMs(): number {
    const frame = this.shown();
    const here = this.isHere && !this.playhead.isIdle ? this.playhead.engine.position() : null;
    if (here) return here.positionMs;
    return frame ? this.expectedMs(frame) : 0;
  }

  /** The frame, while it is of the track that sounds: near a seam either may be over it first, and their positions say nothing. */
  #soundingFrame(): PlaybackFrame | null {
    const shown = this.shown();
    return shown?.trackId === this.playhead.current?.trackId ? shown : null;
  }

  /** How exactly this tab plays along in a party; null: no party, or nothing of it sounds. */
  syncFigures = (): SyncFigures | null => this.#sync.figures();

  async dispose(): Promise<void> {
    this.#time.stop();
    this.#sync.stop();
    this.link.stop();
    this.#frame = null;
    this.queue.clear();
    this.playhead.stop();
    this.emit();
    this.#listeners.clear();
    this.options.identity.release();
    await this.playhead.engine.dispose();
  }

  // Frames.

  /** The newest frame, with what commands on their way will make of it. */
  shown(): PlaybackFrame | null {
    if (!this.#frame) return null;
    return Object.assign({ ...this.#frame }, ...this.patches);
  }

  #take(frame: PlaybackFrame, isLive: boolean): void {
    const known = this.#frame;
    // The target of a transfer sees itself as active, in frames of its subscription only: those may be taken twice.
    const isOld = known?.id === frame.id && (isLive ? frame.version < known.version : frame.version <= known.version);
    if (isOld) {
      this.emit();
      return;
    }
    this.#frame = frame;
    this.#serverTrackId = frame.trackId;
    this.#requests.saw(frame);
    this.queue.update(this.shown() ?? frame);
    this.#sync.setActive(frame.listeningSessionId !== null);
    this.#follow();
  }

  #follow(): void {
    const shown = this.shown();
    if (!shown || this.untold) {
      this.emit();
      return;
    }
    if (this.isHere) this.playhead.engine.setVolume(shown.volumePercent / 100);
    this.playhead.follow(shown);
    this.emit();
  }

  #queueChanged(): void {
    this.playhead.refresh();
    this.emit();
  }

  /** Frames come again: what was done meanwhile is told, unless somebody else has decided otherwise. */
  #connected(): void {
    this.#time.probeNow();
    this.playhead.engine.retry();
    this.pass('OFFLINE');
    this.plays.end();
    void this.plays.report().catch(() => {});
    // Before the server knows this tab nothing is told of it; this comes again when it does.
    const untold = this.registeredId === null ? null : this.untold;
    if (untold) this.untold = null;
    const isElsewhere = this.#frame?.state === 'PLAYING' && this.#frame.activeDevice !== null && !this.isHere;
    if (untold && this.playhead.current && !isElsewhere && !this.isParty)
      void this.#tell(untold.trackIds, this.playhead.current);
    else this.#follow();
  }

  /** Makes the server's state what is heard here. */
  async #tell(trackIds: readonly string[] | null, slot: Slot): Promise<void> {
    const { engine } = this.playhead;
    const positionMs = Math.round(engine.position()?.positionMs ?? 0);
    const play = engine.status === 'PLAYING' || engine.status === 'BUFFERING';
    const deviceId = this.registeredId;
    if (trackIds) {
      const startIndex = Math.max(0, trackIds.indexOf(slot.trackId));
      const queue = { trackIds, context: this.#frame?.source ?? null, startIndex, startTrackId: null };
      await this.send('setQueue', () => ({ ...queue, startPositionMs: positionMs, play, deviceId }), {});
      return;
    }
    const { itemId } = slot;
    if (itemId && this.#serverTrackId !== slot.trackId)
      await this.send('skipTo', () => ({ itemId, ...this.unbased }), {});
    await this.send('seek', () => ({ positionMs, ...this.unbased }), {});
    const isPlaying = this.#frame?.state === 'PLAYING';
    if (play !== isPlaying) await this.send(play ? 'play' : 'pause', () => this.unbased, {});
  }

  // Sending.

  async send<N extends CommandName>(
    name: N,
    variables: () => Operations[N]['variables'],
    patch: Patch,
    isMeant?: () => boolean,
  ): Promise<Outcome> {
    this.patches.add(patch);
    this.#patched(patch);
    const outcome = await this.#commands.run(name, variables, isMeant);
    // Without an answer what was done here is what there is.
    if (outcome.isLost && this.isHere && this.#frame) this.#frame = { ...this.#frame, ...patch };
    this.patches.delete(patch);
    this.#patched(patch);
    this.#follow();
    return outcome;
  }

  /** Has another service make the queue, and waits for the frame that shows it; false: it was refused, or none came. */
  async request(ask: () => Promise<string | null>, patch: Patch): Promise<boolean> {
    this.patches.add(patch);
    this.#patched(patch);
    try {
      return await this.#requests.run(ask);
    } finally {
      this.patches.delete(patch);
      this.#patched(patch);
      this.#follow();
    }
  }

  /** The queue is looked at from where the shown frame stands. */
  #patched(patch: Patch): void {
    const shown = this.shown();
    if (shown && patch.queueIndex !== undefined) this.queue.update(shown);
    this.emit();
  }

  async command<N extends CommandName>(
    name: N,
    variables: () => Operations[N]['variables'],
    patch: Patch,
    isMeant?: () => boolean,
  ): Promise<CommandResult> {
    const wasHere = this.isHere;
    const outcome = await this.send(name, variables, patch, isMeant);
    const isOurs = wasHere && !this.isParty;
    if (!outcome.isLost || !isOurs || Object.keys(patch).length === 0) return this.settle(outcome);
    this.untold ??= { trackIds: null };
    return { ok: true };
  }

  settle({ result }: Outcome): CommandResult {
    return result.ok ? result : this.fail(result.error);
  }

  /** Based on the version that is known: refused when somebody else was quicker. */
  get based() {
    return { baseVersion: this.isLocal ? null : (this.#frame?.version ?? null), deviceId: this.registeredId };
  }

  get unbased() {
    return { baseVersion: null, deviceId: this.registeredId };
  }

  /** Whether the server has said nothing yet. */
  get isLocal(): boolean {
    return this.#frame?.id === LOCAL_ID;
  }

  /** This tab; before the server knows it, the one that plays alone. */
  get device(): DeviceFrame | null {
    return this.isLocal ? (this.#frame?.activeDevice ?? null) : this.link.device;
  }

  /** This tab as the server knows it; null: not yet. */
  get registeredId(): string | null {
    return this.link.device?.id ?? null;
  }

  /** What plays is not only ours: nothing that happens to this tab may change it. */
  get isParty(): boolean {
    return this.#frame?.listeningSessionId != null;
  }

  get deviceId(): string | null {
    return this.device?.id ?? null;
  }

  get serverNow(): number {
    return this.#time.serverTime(performance.now());
  }

  get isHere(): boolean {
    return soundsHere(this.shown(), this.deviceId);
  }

  expectedMs(frame: PlaybackFrame): number {
    return expectedPosition(frame, this.serverNow);
  }

  /** A patch that moves the anchor to now. */
  anchored(patch: Patch, positionMs = this.positionMs()): Patch {
    return { ...patch, anchorPositionMs: positionMs, anchorServerTime: this.serverNow };
  }

  /**
   * Whether a command that was refused for its version means the same thing now: the entry plays that it was meant for, which is
   * the one that commands before it lead to.
   */
  meant(): () => boolean {
    const { trackId, queueIndex } = this.shown() ?? {};
    return () => this.#frame?.trackId === trackId && this.#frame?.queueIndex === queueIndex;
  }

  // State.

  #playheadHost(): PlayheadHost {
    return {
      shown: () => this.shown(),
      deviceId: () => this.deviceId,
      expectedMs: (frame) => this.expectedMs(frame),
      isWaiting: () => this.#commands.isWaiting || this.#requests.isWaiting || this.untold !== null,
      entered: (slot) => this.#entered(slot),
      skipped: () => this.#alone(() => this.send('skipNext', () => this.unbased, {})),
      report: (slot) => this.#alone(() => this.#tell(null, slot)),
      acknowledge: (version) => this.#acknowledge(version),
      paused: () => this.#alone(() => this.command('pause', () => this.unbased, this.anchored({ state: 'PAUSED' }))),
      fail: (error) => void this.fail(error),
      pass: (...reasons) => this.pass(...reasons),
      changed: () => this.#engineChanged(),
    };
  }

  /** The engine went over a seam. The server does so by itself; until its frame comes this is shown. */
  #entered(slot: Slot): void {
    const found = slot.itemId === null ? null : this.queue.find(slot.itemId);
    if (this.#frame && found) this.#frame = { ...this.#frame, ...itemPatch(found.item, found.index, this.serverNow) };
    if (this.#frame && found) this.queue.update(this.#frame);
    if (this.untold) this.plays.begin(slot.trackId);
    this.playhead.refresh();
    this.emit();
  }

  /** Sends what has happened to this tab, unless others listen along. */
  #alone(send: () => Promise<unknown>): void {
    if (!this.isParty) void send();
  }

  #acknowledge(version: number): void {
    const deviceId = this.deviceId;
    if (deviceId !== null) this.options.port.execute('acknowledgeTransfer', { deviceId, version }).catch(() => {});
  }

  #engineChanged(): void {
    const frame = this.#frame;
    if (frame?.transferringTo) this.playhead.acknowledgeIfReady(frame);
    this.plays.setSounding(this.playhead.engine.status === 'PLAYING');
    this.emit();
  }

  fail(error: PlayerError): CommandResult {
    this.error = error;
    this.emit();
    return { ok: false, error };
  }

  /** Errors that have passed. */
  pass(...reasons: PlayerError['reason'][]): void {
    if (!this.error || !reasons.includes(this.error.reason)) return;
    this.error = null;
    this.emit();
  }

  emit(): void {
    const frame = this.shown();
    const { engine, current } = this.playhead;
    const trackId = (this.isHere ? current?.trackId : null) ?? frame?.trackId ?? null;
    const now = performance.now();
    const next = view(
      {
        frame,
        now,
        queue: this.queue.view,
        track: this.queue.track(trackId) ?? (frame?.trackId === trackId ? (frame?.track ?? null) : null),
        device: this.device,
        connection: this.link.connection,
        error: this.error,
        engine: { status: engine.status, position: engine.position() },
        serverNow: this.serverNow,
      },
      this.#state,
    );
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
