/** Opens tracks, some ahead of their turn. */

import type { EngineTrack } from './deck';
import { MediaError, type OpenTrack, type SegmentSource } from './media';

/** Tracks whose plan and playlists are fetched ahead. */
const OPEN_AHEAD = 2;
/** Tracks that stay open. */
const MAX_OPEN = 8;

export class TrackOpener {
  readonly #opening = new Map<string, Promise<OpenTrack>>();

  constructor(
    readonly source: SegmentSource,
    readonly signal: AbortSignal,
  ) {}

  /** Opens a track, or gives what was opened ahead. */
  open(track: EngineTrack): Promise<OpenTrack> {
    const known = this.#opening.get(track.key);
    if (known) return known;
    const opening = this.source.open(track.trackId, this.signal);
    this.#opening.set(track.key, opening);
    // A failure is found when the track's turn comes, and then tried again.
    opening.catch(() => this.#opening.delete(track.key));
    while (this.#opening.size > MAX_OPEN) this.#opening.delete(this.#opening.keys().next().value as string);
    return opening;
  }

  openAhead(tracks: readonly EngineTrack[]): void {
    for (const track of tracks.slice(0, OPEN_AHEAD)) this.open(track).catch(() => {});
  }

  /** Whether a track that does not grow is still being encoded: rejects with ENCODING_FAILED where it is not. */
  async checkEncoding(track: EngineTrack): Promise<void> {
    await this.source.open(track.trackId, this.signal).catch((error: unknown) => {
      if (!(error instanceof MediaError) || error.retriable) throw error;
      throw new MediaError('ENCODING_FAILED', false, 'the rest of the track was never encoded', { cause: error });
    });
  }
}
