/**
 * What this tab's engine has to do about a frame of the server: pure. The server keeps the time line of playing by itself; the
 * tab that sounds is what is really heard. While nobody else asks for something, what is heard is right and is reported;
 * what another device asks for is followed.
 */

import type { PlaybackFrame } from './port';

/** The engine, as far as the decision needs it. */
export interface EngineView {
  readonly trackId: string | null;
  readonly positionMs: number;
  /** Until the end of the track; null: not known. */
  readonly remainingMs: number | null;
  readonly nextTrackId: string | null;
  /** The track that it left by itself a moment ago; null: none. */
  readonly leftTrackId: string | null;
  readonly status: 'IDLE' | 'PLAYING' | 'PAUSED' | 'BUFFERING' | 'ENDED';
}

export interface FollowInput {
  readonly frame: PlaybackFrame;
  readonly deviceId: string | null;
  /** Where the server says the music is now. */
  readonly expectedMs: number;
  readonly engine: EngineView;
  /** Commands of this tab are on their way: what they make of the state is not known yet. */
  readonly isWaiting: boolean;
  /** This tab has asked for music from its beginning, of which the server alone knew where that is. */
  readonly isRestart: boolean;
}

export type FollowAction =
  /** Sound comes from elsewhere, or there is nothing to play. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'start'; readonly positionMs: number; readonly play: boolean }
  | { readonly kind: 'seek'; readonly positionMs: number }
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  /** Tell the server what is heard. */
  | { readonly kind: 'report' };

/** Differences below this are the clocks' and the network's. */
const TOLERANCE_MS = 1_500;
/** Near a seam either side may be over it first. */
const SEAM_MS = 4_000;

/** Whether sound is to come from this tab. In a party everybody plays. */
export function playsHere(frame: PlaybackFrame, deviceId: string | null): boolean {
  return frame.listeningSessionId !== null || (deviceId !== null && frame.activeDevice?.id === deviceId);
}

export function follow(input: FollowInput): readonly FollowAction[] {
  const { frame, deviceId, engine, expectedMs } = input;
  if (!playsHere(frame, deviceId) || frame.trackId === null) return engine.status === 'IDLE' ? [] : [{ kind: 'stop' }];
  if (input.isWaiting && engine.status !== 'IDLE') return [];
  const shouldPlay = frame.state === 'PLAYING';
  if (engine.status === 'IDLE') return [{ kind: 'start', positionMs: expectedMs, play: shouldPlay }];
  // In a party nobody's own sound is what counts: everybody follows.
  const isParty = frame.listeningSessionId !== null;
  const isOthers =
    isParty || input.isRestart || (frame.changedByDeviceId !== null && frame.changedByDeviceId !== deviceId);
  if (engine.trackId !== frame.trackId) return otherTrack(input, isOthers, shouldPlay);
  const actions: FollowAction[] = [];
  const isFar = Math.abs(engine.positionMs - expectedMs) > TOLERANCE_MS;
  const sounds = engine.status === 'PLAYING' || engine.status === 'BUFFERING';
  if (isFar && engine.status === 'ENDED') return [{ kind: 'start', positionMs: expectedMs, play: shouldPlay }];
  if (isFar && isOthers) actions.push({ kind: 'seek', positionMs: expectedMs });
  // What stands still moves without a sound; what sounds is not torn away from its listener.
  if (isFar && !isOthers)
    actions.push(engine.status === 'PAUSED' ? { kind: 'seek', positionMs: expectedMs } : { kind: 'report' });
  if (shouldPlay && engine.status === 'PAUSED') actions.push({ kind: 'play' });
  if (!shouldPlay && sounds) actions.push({ kind: 'pause' });
  return actions;
}

function otherTrack({ frame, engine, expectedMs }: FollowInput, isOthers: boolean, play: boolean): FollowAction[] {
  const start: FollowAction = { kind: 'start', positionMs: expectedMs, play };
  const isParty = frame.listeningSessionId !== null;
  if ((isOthers && !isParty) || !play) return [start];
  const isAhead = engine.leftTrackId === frame.trackId && engine.positionMs < SEAM_MS;
  const isBehind =
    engine.nextTrackId === frame.trackId &&
    engine.remainingMs !== null &&
    engine.remainingMs < SEAM_MS &&
    expectedMs < SEAM_MS;
  if (engine.status === 'PLAYING' && (isAhead || isBehind)) return [];
  // The server went on while bytes were missing here: what is heard counts.
  const wasStarved =
    engine.status === 'BUFFERING' || (engine.status === 'PLAYING' && engine.nextTrackId === frame.trackId);
  return wasStarved && !isParty ? [{ kind: 'report' }] : [start];
}
