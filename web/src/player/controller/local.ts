/** What a tab plays by itself while no server has said anything: the page was opened without a network. */

import type { PlaybackFrame } from './port';

/** The id of a state that no server knows. */
export const LOCAL_ID = 'local';

/** Nothing plays, and if something will, it is this tab. */
export function localFrame(deviceName: string): PlaybackFrame {
  return {
    id: LOCAL_ID,
    version: 0,
    state: 'STOPPED',
    trackId: null,
    track: null,
    durationMs: null,
    playId: null,
    anchorPositionMs: 0,
    anchorServerTime: 0,
    rate: 1,
    repeat: 'OFF',
    shuffle: false,
    volumePercent: 100,
    activeDevice: { id: LOCAL_ID, name: deviceName, kind: 'WEB', online: true, volumePercent: 100 },
    transferringTo: null,
    changedByDeviceId: null,
    listeningSessionId: null,
    source: null,
    requestId: null,
    privateUntil: null,
    queueIndex: null,
    queue: [],
    queueLength: 0,
  };
}

/** Tracks as a queue whose entries no server has named. */
export function localQueue(
  trackIds: readonly string[],
  index: number,
): Pick<PlaybackFrame, 'queue' | 'queueIndex' | 'queueLength'> {
  const queue = trackIds.map((trackId, at) => ({ itemId: `local-${at}`, cursor: '', trackId, addedBy: null }));
  return { queue, queueIndex: index, queueLength: queue.length };
}
