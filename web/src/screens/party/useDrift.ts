import { useEffect, useState } from 'react';

import { useCreatedPlayer } from '../../shell/PlayerProvider';

const EVERY_MS = 500;
/** What nobody hears between two rooms. */
export const IN_SYNC_MS = 20;

export interface Drift {
  /** How far ahead of the party this tab plays, ms; the middle of what was measured last. */
  readonly offByMs: number;
  readonly clockUncertaintyMs: number;
}

/** How exactly this tab plays along, renewed twice a second; null while nothing sounds here. */
export function useDrift(): Drift | null {
  const created = useCreatedPlayer();
  const [drift, setDrift] = useState<Drift | null>(null);
  useEffect(() => {
    if (!created) return;
    const recent: number[] = [];
    const look = () => {
      const isPlaying = created.player.getSnapshot().status === 'PLAYING';
      const figures = isPlaying ? created.player.syncFigures() : null;
      // At a seam there are none for a moment.
      if (isPlaying && !figures && recent.length > 0) return;
      if (!figures) {
        recent.length = 0;
        setDrift(null);
        return;
      }
      recent.push(figures.offByMs);
      if (recent.length > 5) recent.shift();
      const offByMs = [...recent].sort((a, b) => a - b)[recent.length >> 1] ?? figures.offByMs;
      setDrift({ offByMs, clockUncertaintyMs: figures.clockUncertaintyMs });
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [created]);
  return drift;
}
