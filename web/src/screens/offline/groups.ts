import type { OfflineTrack } from '../../offline/database';

/** Saved tracks of one album. */
export interface SavedAlbum {
  /** The album's id; empty: of none. */
  readonly id: string;
  readonly title: string | null;
  readonly coverUrl: string | null;
  readonly tracks: readonly OfflineTrack[];
  readonly sizeBytes: number;
}

/** Saved tracks by album, those saved last first; within an album in the order in which they were saved, which is the album's. */
export function groupByAlbum(tracks: readonly OfflineTrack[]): readonly SavedAlbum[] {
  const groups = new Map<string, OfflineTrack[]>();
  for (const track of [...tracks].sort((one, other) => one.savedAt - other.savedAt)) {
    const id = track.meta?.album?.id ?? '';
    groups.set(id, [...(groups.get(id) ?? []), track]);
  }
  return [...groups]
    .map(([id, own]): SavedAlbum => {
      const album = own[0]?.meta?.album ?? null;
      const sizeBytes = own.reduce((sum, track) => sum + track.sizeBytes, 0);
      return { id, title: album?.title ?? null, coverUrl: album?.coverUrl ?? null, tracks: own, sizeBytes };
    })
    .sort((one, other) => (other.tracks.at(-1)?.savedAt ?? 0) - (one.tracks.at(-1)?.savedAt ?? 0));
}
