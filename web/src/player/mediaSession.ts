/** Tells the system what plays here, and takes its keys: headphones, keyboards, the lock screen, the car. */

import type { Player, PlayerState } from './types';

type Action = 'play' | 'pause' | 'stop' | 'previoustrack' | 'nexttrack' | 'seekto';

/** What other platforms call the sizes of covers. */
const COVER_SIZE = '512x512';

/**
 * Keeps `navigator.mediaSession` as the player is. Skipping by seconds is left unset, so that systems show the keys for tracks
 * instead. Gives how to end it.
 */
export function connectMediaSession(player: Player, session: MediaSession = navigator.mediaSession): () => void {
  const handlers: Record<Action, (details: MediaSessionActionDetails) => void> = {
    play: () => void player.resume(),
    pause: () => void player.pause(),
    stop: () => void player.pause(),
    previoustrack: () => void player.previous(),
    nexttrack: () => void player.next(),
    seekto: ({ seekTime }) => seekTime !== undefined && void player.seek(seekTime * 1000),
  };
  const actions = Object.keys(handlers) as Action[];
  for (const action of actions) setHandler(session, action, handlers[action]);
  let shown: PlayerState | null = null;
  const show = () => {
    const state = player.getSnapshot();
    if (state === shown) return;
    if (state.track !== shown?.track || state.playsHere !== shown?.playsHere) session.metadata = metadataOf(state);
    session.playbackState = playbackStateOf(state);
    setPosition(session, state, player.positionMs());
    shown = state;
  };
  show();
  const unsubscribe = player.subscribe(show);
  return () => {
    unsubscribe();
    for (const action of actions) setHandler(session, action, null);
    session.metadata = null;
    session.playbackState = 'none';
  };
}

function setHandler(session: MediaSession, action: Action, handler: MediaSessionActionHandler | null): void {
  try {
    session.setActionHandler(action, handler);
  } catch {
    // A browser that does not know the action.
  }
}

function metadataOf({ track }: PlayerState): MediaMetadata | null {
  if (!track) return null;
  const cover = track.album?.coverUrl;
  return new MediaMetadata({
    title: track.title,
    artist: track.artists.map(({ name }) => name).join(', '),
    album: track.album?.title ?? '',
    artwork: cover ? [{ src: cover, sizes: COVER_SIZE }] : [],
  });
}

function playbackStateOf({ status, track }: PlayerState): MediaSessionPlaybackState {
  if (!track) return 'none';
  return status === 'PLAYING' || status === 'BUFFERING' ? 'playing' : 'paused';
}

function setPosition(session: MediaSession, { durationMs }: PlayerState, positionMs: number): void {
  if (durationMs <= 0) {
    session.setPositionState?.();
    return;
  }
  const position = Math.min(positionMs, durationMs) / 1000;
  session.setPositionState?.({ duration: durationMs / 1000, position, playbackRate: 1 });
}
