import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';

import { EMPTY_STATE, type Player, type PlayerState } from './types';

/** The player of this tab; null while nobody is signed in. */
export const PlayerContext = createContext<Player | null>(null);

const nothing = () => () => {};
const empty = () => EMPTY_STATE;

/** The player's commands. Null while nobody is signed in. */
export function usePlayer(): Player | null {
  return useContext(PlayerContext);
}

/** A part of the player's state. `select` must give the same value (`Object.is`) while nothing of it changed. */
export function usePlayerState<T>(select: (state: PlayerState) => T): T {
  const player = usePlayer();
  return useSyncExternalStore(player?.subscribe ?? nothing, () => select((player?.getSnapshot ?? empty)()));
}

/** The position in milliseconds, renewed every `everyMs` while it moves: for seek bars. Lyrics read `positionMs()` in a frame. */
export function usePosition(everyMs = 250): number {
  const player = usePlayer();
  const anchor = usePlayerState((state) => state.anchor);
  const [position, setPosition] = useState(anchor.positionMs);
  useEffect(() => {
    const read = () => setPosition(player?.positionMs() ?? 0);
    read();
    if (anchor.rate === 0) return;
    const timer = setInterval(read, everyMs);
    return () => clearInterval(timer);
  }, [player, anchor, everyMs]);
  return position;
}
