import type { ReactNode } from "react";

import { PlayerContext } from "../player/usePlayer";

/** Gives the screens the player of this tab. */
export function PlayerProvider({ children }: { children: ReactNode }) {
  return <PlayerContext value={null}>{children}</PlayerContext>;
}
