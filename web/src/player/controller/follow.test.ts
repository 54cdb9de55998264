import { describe, expect, it } from 'vitest';

import { type EngineView, type FollowInput, follow } from './follow';
import type { PlaybackFrame } from './port';

const HERE = 'dev_here';

/** A tab that plays `trk_1` at 30 s; the server says that it is at its beginning, by this tab's own command. */
function input(changes: Partial<FollowInput>, engine: Partial<EngineView> = {}): FollowInput {
  const frame = {
    activeDevice: { id: HERE },
    listeningSessionId: null,
    changedByDeviceId: HERE,
    trackId: 'trk_1',
    state: 'PLAYING',
  } as PlaybackFrame;
  const playing: EngineView = {
    trackId: 'trk_1',
    positionMs: 30_000,
    remainingMs: 60_000,
    nextTrackId: 'trk_2',
    leftTrackId: null,
    status: 'PLAYING',
  };
  const view = { ...playing, ...engine };
  return { frame, deviceId: HERE, expectedMs: 0, engine: view, isWaiting: false, isRestart: false, ...changes };
}

describe('a tab that sounds', () => {
  it('reports what is heard where only the clocks disagree', () => {
    expect(follow(input({}))).toEqual([{ kind: 'report' }]);
  });

  it('goes back to the beginning when its album is played again', () => {
    expect(follow(input({ isRestart: true }))).toEqual([{ kind: 'seek', positionMs: 0 }]);
  });

  it('also when it has just gone over into the next track', () => {
    const seam = { trackId: 'trk_2', positionMs: 2_000, leftTrackId: 'trk_1', nextTrackId: 'trk_3' };
    expect(follow(input({}, seam))).toEqual([]);
    expect(follow(input({ isRestart: true }, seam))).toEqual([{ kind: 'start', positionMs: 0, play: true }]);
  });
});
