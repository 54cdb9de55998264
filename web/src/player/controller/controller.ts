/**
 * The player of this tab: shows what the viewer plays, on whatever device, and makes the sound when it is this one. Commands act
 * here at once and go to the server; frames of the server are followed as `follow` says.
 */

import { randomId } from '../../browser/randomId';
import type {
  CommandResult,
  PlayContext,
  Player,
  PlayerState,
  PlaySource,
  PlayStart,
  PlayWay,
  RepeatMode,
  TrackMeta,
} from '../types';
import type { SyncFigures } from './partySync';
import { type ControllerOptions, type Patch, Playback } from './playback';
import { itemPatch } from './playhead';
import { playContext, playTracks } from './startPlaying';

const VOLUME_DELAY_MS = 120;
/** Behind this "previous" begins the track again; as the server does. */
const RESTART_AFTER_MS = 3_000;

export class PlayerController implements Player {
  readonly #core: Playback;
  /** The newest call for each device. */
  readonly #volumeCalls = new Map<string | null, symbol>();

  constructor(options: ControllerOptions) {
    this.#core = new Playback(options);
  }

  /** Registers the tab as a device and follows what plays, until `dispose`. */
  start(): void {
    this.#core.start();
  }

  subscribe = (listener: () => void): (() => void) => this.#core.subscribe(listener);

  getSnapshot = (): PlayerState => this.#core.getSnapshot();

  positionMs(): number {
    return this.#core.positionMs();
  }

  /** Tells what lists know of tracks: of what is stored here the server cannot be asked without a network. */
  learn(tracks: readonly TrackMeta[]): void {
    this.#core.queue.learn(tracks);
    this.#core.emit();
  }

  /** How exactly this tab plays along in a party; null: no party, or nothing sounds. */
  syncFigures(): SyncFigures | null {
    return this.#core.syncFigures();
  }

  play(context: PlayContext, start?: PlayStart | null, way?: PlayWay): Promise<CommandResult> {
    return playContext(this.#core, context, start ?? null, way ?? null);
  }

  playTracks(trackIds: readonly string[], startAt?: number, source?: PlaySource): Promise<CommandResult> {
    return playTracks(this.#core, trackIds, { startAt: startAt ?? null, source: source ?? null });
  }

  playItem(itemId: string): Promise<CommandResult> {
    const found = this.#core.queue.find(itemId);
    if (found?.item.trackId && this.#core.isHere)
      this.#core.playhead.begin(this.#core.playhead.slot(found.item), 0, true);
    const patch: Patch = found ? { ...itemPatch(found.item, found.index, this.#core.serverNow), state: 'PLAYING' } : {};
    return this.#core.command('skipTo', () => ({ itemId, ...this.#core.based }), patch);
  }

  pause(): Promise<CommandResult> {
    if (this.#core.isHere) this.#core.playhead.engine.pause();
    return this.#core.command('pause', () => this.#core.unbased, this.#core.anchored({ state: 'PAUSED' }));
  }

  resume(): Promise<CommandResult> {
    const shown = this.#core.shown();
    if (shown?.trackId && (this.#core.isHere || !shown.activeDevice)) {
      if (this.#core.playhead.isIdle)
        this.#core.playhead.begin(
          this.#core.playhead.slot({ trackId: shown.trackId, itemId: null }),
          this.#core.expectedMs(shown),
          true,
        );
      else this.#core.playhead.engine.play();
    }
    this.#core.pass('AUTOPLAY_BLOCKED', 'NO_AUDIO_OUTPUT');
    return this.#core.command('play', () => this.#core.unbased, this.#core.anchored({ state: 'PLAYING' }));
  }

  next(): Promise<CommandResult> {
    const index = this.#core.shown()?.queueIndex;
    const item = this.#core.queue.upcoming('OFF', false)[0];
    const isMeant = this.#core.meant();
    if (item && this.#core.isHere) {
      const { current, upcoming } = this.#core.playhead;
      const known = upcoming.find((slot) => slot.trackId === item.trackId && slot.itemId !== current?.itemId);
      this.#core.playhead.begin(
        known ?? this.#core.playhead.slot(item),
        0,
        this.#core.playhead.engine.status !== 'PAUSED',
      );
    }
    const patch = item && index != null ? itemPatch(item, index + 1, this.#core.serverNow) : {};
    return this.#core.command('skipNext', () => this.#core.based, patch, isMeant);
  }

  previous(): Promise<CommandResult> {
    const item = this.#core.queue.previous();
    const index = this.#core.shown()?.queueIndex;
    const isMeant = this.#core.meant();
    const restarts = this.#core.positionMs() > RESTART_AFTER_MS || !item?.trackId || index == null;
    if (this.#core.isHere && restarts) this.#core.playhead.engine.seek(0);
    else if (this.#core.isHere && item)
      this.#core.playhead.begin(this.#core.playhead.slot(item), 0, this.#core.playhead.engine.status !== 'PAUSED');
    const patch = restarts ? this.#core.anchored({}, 0) : itemPatch(item, index - 1, this.#core.serverNow);
    return this.#core.command('skipPrevious', () => this.#core.based, patch, isMeant);
  }

  seek(positionMs: number): Promise<CommandResult> {
    const position = Math.round(Math.max(0, positionMs));
    if (this.#core.isHere) this.#core.playhead.engine.seek(position);
    const variables = () => ({ positionMs: position, ...this.#core.based });
    return this.#core.command('seek', variables, this.#core.anchored({}, position), this.#core.meant());
  }

  async setVolume(percent: number, deviceId?: string): Promise<CommandResult> {
    const volumePercent = Math.round(Math.min(100, Math.max(0, percent)));
    const active = this.#core.shown()?.activeDevice?.id ?? this.#core.deviceId;
    const target = deviceId ?? active;
    if (target === this.#core.deviceId) this.#core.playhead.engine.setVolume(volumePercent / 100);
    const patch: Patch = target === active ? { volumePercent } : {};
    this.#core.patches.add(patch);
    this.#core.emit();
    // Of a slider that is dragged only where it comes to rest is sent.
    const call = Symbol('volume');
    this.#volumeCalls.set(target, call);
    await new Promise((resolve) => setTimeout(resolve, VOLUME_DELAY_MS));
    this.#core.patches.delete(patch);
    if (call !== this.#volumeCalls.get(target)) return { ok: true };
    return this.#core.command('setPlaybackOptions', () => ({ volumePercent, deviceId: target }), patch);
  }

  enqueue(trackIds: readonly string[]): Promise<CommandResult> {
    return this.#enqueue(trackIds, 'LAST');
  }

  playNext(trackIds: readonly string[]): Promise<CommandResult> {
    return this.#enqueue(trackIds, 'NEXT');
  }

  moveItem(itemId: string, afterItemId: string | null): Promise<CommandResult> {
    return this.#core.command('moveQueueItem', () => ({ itemId, afterItemId }), {});
  }

  removeItems(itemIds: readonly string[]): Promise<CommandResult> {
    return this.#core.command('removeQueueItems', () => ({ itemIds }), {});
  }

  clearQueue(): Promise<CommandResult> {
    const empty = {
      trackIds: [],
      context: null,
      startIndex: null,
      startTrackId: null,
      startPositionMs: 0,
      play: false,
    };
    return this.#core.command('setQueue', () => ({ ...empty, deviceId: this.#core.registeredId }), {});
  }

  setShuffle(shuffle: boolean): Promise<CommandResult> {
    return this.#core.command('setPlaybackOptions', () => ({ shuffle, deviceId: this.#core.registeredId }), {
      shuffle,
    });
  }

  setRepeat(repeat: RepeatMode): Promise<CommandResult> {
    return this.#core.command('setPlaybackOptions', () => ({ repeat, deviceId: this.#core.registeredId }), { repeat });
  }

  transferTo(toDeviceId: string): Promise<CommandResult> {
    return this.#core.command('transferPlayback', () => ({ toDeviceId, play: null }), {});
  }

  dismissError(): void {
    this.#core.error = null;
    this.#core.emit();
  }

  dispose(): Promise<void> {
    return this.#core.dispose();
  }

  async #enqueue(trackIds: readonly string[], position: 'LAST' | 'NEXT'): Promise<CommandResult> {
    // The same key for both attempts: what was done although its answer was lost is not done twice.
    const variables = { trackIds, position, idempotencyKey: randomId() };
    const outcome = await this.#core.send('enqueue', () => variables, {});
    return this.#core.settle(outcome.isLost ? await this.#core.send('enqueue', () => variables, {}) : outcome);
  }
}
