/** Makes the snapshot that screens get. Pure; parts that did not change stay the same objects. */

import type { DeckPosition } from '../engine/deck';
import type { EngineStatus } from '../engine/engine';
import type {
  Connection,
  DeviceView,
  PlaybackStatus,
  PlayerError,
  PlayerState,
  PlaySource,
  QueueView,
  TrackMeta,
} from '../types';
import { playsHere } from './follow';
import type { DeviceFrame, PlaybackFrame } from './port';

export interface ViewInput {
  readonly frame: PlaybackFrame | null;
  readonly queue: QueueView;
  readonly track: TrackMeta | null;
  readonly device: DeviceFrame | null;
  readonly connection: Connection;
  readonly error: PlayerError | null;
  readonly engine: { readonly status: EngineStatus; readonly position: DeckPosition | null };
  /** `performance.now()`. */
  readonly now: number;
  readonly serverNow: number;
}

/** A position may be off from the one before by this without a new anchor: seek bars do not jump for it. */
const ANCHOR_TOLERANCE_MS = 60;
const BUFFER_STEP_MS = 500;

export function view(input: ViewInput, before: PlayerState): PlayerState {
  const { frame, device } = input;
  const isHere = frame !== null && playsHere(frame, device?.id ?? null);
  const next: PlayerState = {
    status: statusOf(input, isHere),
    track: input.track,
    durationMs: durationOf(input, isHere),
    anchor: anchorOf(input, isHere, before),
    bufferedMs: isHere ? Math.floor((input.engine.position?.bufferedMs ?? 0) / BUFFER_STEP_MS) * BUFFER_STEP_MS : 0,
    playableUntilMs: (isHere && input.engine.position?.playableUntilMs) || durationOf(input, isHere),
    queue: input.queue,
    source: sourceOf(frame, before),
    privateUntil: frame?.privateUntil ?? null,
    shuffle: frame?.shuffle ?? false,
    repeat: frame?.repeat ?? 'OFF',
    volumePercent: frame?.volumePercent ?? 100,
    activeDevice: deviceOf(frame?.activeDevice ?? null, device, before.activeDevice),
    transferringTo: deviceOf(frame?.transferringTo ?? null, device, before.transferringTo),
    thisDevice: deviceOf(device, device, before.thisDevice),
    playsHere: isHere,
    listeningSessionId: frame?.listeningSessionId ?? null,
    rendition: renditionOf(input, isHere, before),
    connection: input.connection,
    error: input.error,
    version: frame?.version ?? 0,
  };
  const isSame = (Object.keys(next) as (keyof PlayerState)[]).every((key) => Object.is(next[key], before[key]));
  return isSame ? before : next;
}

function statusOf({ frame, engine }: ViewInput, isHere: boolean): PlaybackStatus {
  if (!frame || frame.trackId === null) return 'STOPPED';
  if (isHere && engine.status === 'BUFFERING') return 'BUFFERING';
  if (isHere && engine.status === 'PLAYING') return 'PLAYING';
  if (isHere && engine.status === 'PAUSED' && frame.state === 'PLAYING') return 'PAUSED';
  return frame.state;
}

function durationOf({ frame, engine, track }: ViewInput, isHere: boolean): number {
  const heard = isHere ? engine.position?.durationMs : 0;
  return heard || frame?.durationMs || track?.durationMs || 0;
}

function anchorOf(input: ViewInput, isHere: boolean, before: PlayerState): PlayerState['anchor'] {
  const { frame, engine, now } = input;
  let positionMs = frame ? expectedPosition(frame, input.serverNow) : 0;
  let rate = frame?.state === 'PLAYING' ? frame.rate : 0;
  if (isHere && engine.position && engine.status !== 'IDLE') {
    positionMs = engine.position.positionMs;
    rate = engine.status === 'PLAYING' ? 1 : 0;
  }
  const old = before.anchor;
  const predicted = old.positionMs + (now - old.at) * old.rate;
  const isSame =
    old.rate === rate && Math.abs(predicted - positionMs) < ANCHOR_TOLERANCE_MS && before.track === input.track;
  return isSame ? old : { positionMs, at: now, rate };
}

/** Where the server says that the music is. */
export function expectedPosition(frame: PlaybackFrame, serverNow: number): number {
  if (frame.state !== 'PLAYING') return frame.anchorPositionMs;
  const position = frame.anchorPositionMs + Math.max(0, serverNow - frame.anchorServerTime) * frame.rate;
  return Math.min(position, frame.durationMs ?? Number.POSITIVE_INFINITY);
}

function sourceOf(frame: PlaybackFrame | null, before: PlayerState): PlaySource | null {
  const [next, old] = [frame?.source ?? null, before.source];
  return next && old && next.kind === old.kind && next.id === old.id ? old : next;
}

function deviceOf(frame: DeviceFrame | null, own: DeviceFrame | null, before: DeviceView | null): DeviceView | null {
  if (!frame) return null;
  const { id, name, kind, online, volumePercent } = frame;
  const next: DeviceView = { id, name, kind, online, volumePercent, isThis: id === own?.id };
  const isSame =
    before !== null && (Object.keys(next) as (keyof DeviceView)[]).every((key) => next[key] === before[key]);
  return isSame ? before : next;
}

function renditionOf({ engine }: ViewInput, isHere: boolean, before: PlayerState): PlayerState['rendition'] {
  const rendition = isHere ? engine.position?.rendition : null;
  if (!rendition) return null;
  const { codec, bitrateKbps, lossless } = rendition;
  const offline = engine.position?.offline ?? false;
  const old = before.rendition;
  const isSame = old?.codec === codec && old.bitrateKbps === bitrateKbps && old.offline === offline;
  return isSame ? old : { codec, bitrateKbps, lossless, offline };
}
