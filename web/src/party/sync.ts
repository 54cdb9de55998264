/**
 * Where the music is, and what to do when we are elsewhere. The twin of `crates/sync-client/src/correction.rs`: both are held to
 * `crates/sync-client/vectors.json`. All times and positions are milliseconds.
 */

/** Off by less than this nobody hears it. */
const DEAD_BAND_MS = 4;
/** Off by more than this, playing faster or slower would take too long. */
const SEEK_BEYOND_MS = 200;
const MAX_RATE_CHANGE = 0.02;
/** An error is to be gone after about this long. */
const SETTLE_MS = 1500;

/** Where the music was at a moment of the server's clock; what a frame of `playbackChanged` says. */
export interface SyncAnchor {
  /** `anchorPositionMs`. */
  readonly position: number;
  /** `anchorServerTime`. */
  readonly serverTime: number;
  readonly rate: number;
  /** Whether `state` is PLAYING. */
  readonly isPlaying: boolean;
  /** `durationMs`; null: not known. */
  readonly duration: number | null;
}

/** What a player should do. */
export type Correction =
  /** Play at this speed from where it is; 1 is as recorded, at most 2 % off. */
  | { readonly kind: 'play'; readonly rate: number }
  /** Go to this position and play. */
  | { readonly kind: 'seek'; readonly position: number }
  /** Be silent, at this position. */
  | { readonly kind: 'rest'; readonly position: number };

/** Where the music is at a time of the server's clock. It never passes the end of the track. */
export function syncPositionAt(anchor: SyncAnchor, serverTime: number): number {
  if (!anchor.isPlaying) return anchor.position;
  const position = anchor.position + Math.max(0, serverTime - anchor.serverTime) * anchor.rate;
  return Math.min(position, anchor.duration ?? Number.POSITIVE_INFINITY);
}

/** What to do when the music should be where `anchor` says and the player is at `actual`, at a time of the server's clock. */
export function correct(anchor: SyncAnchor, serverTime: number, actual: number): Correction {
  const target = syncPositionAt(anchor, serverTime);
  if (!anchor.isPlaying) return { kind: 'rest', position: target };
  const error = actual - target;
  if (Math.abs(error) > SEEK_BEYOND_MS) return { kind: 'seek', position: target };
  if (Math.abs(error) < DEAD_BAND_MS) return { kind: 'play', rate: anchor.rate };
  const change = Math.min(MAX_RATE_CHANGE, Math.max(-MAX_RATE_CHANGE, error / SETTLE_MS));
  return { kind: 'play', rate: anchor.rate * (1 - change) };
}
