import type { TrackRow_track$key } from './__generated__/TrackRow_track.graphql';
import type { ListedTrack } from './TrackList';

interface Edge {
  readonly node: (TrackRow_track$key & { readonly id: string }) | null | undefined;
}

/** The rows of a connection of tracks. One that is gone keeps its place. */
export const toListed = (edges: readonly Edge[]): readonly ListedTrack[] =>
  edges.map(({ node }, index) => ({ key: node?.id ?? `gone-${index}`, id: node?.id ?? null, track: node }));
