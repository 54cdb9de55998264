/** Finds the tracks of what somebody wants to have offline, with what lists show of them. */

import { type Environment, graphql } from 'relay-runtime';

import type { playerOperations_track$key } from '../player/relay/__generated__/playerOperations_track.graphql';
import { query } from '../player/relay/execute';
import { trackOf } from '../player/relay/relayPort';
import type { PlayContext, TrackMeta } from '../player/types';
import type { saveTracksAlbumQuery } from './__generated__/saveTracksAlbumQuery.graphql';
import type { saveTracksArtistQuery } from './__generated__/saveTracksArtistQuery.graphql';
import type { saveTracksLikedQuery } from './__generated__/saveTracksLikedQuery.graphql';
import type { saveTracksPlaylistQuery } from './__generated__/saveTracksPlaylistQuery.graphql';
import type { saveTracksTrackQuery } from './__generated__/saveTracksTrackQuery.graphql';

/** What can be saved: everything that can be played but a search. */
export type OfflineContext = Exclude<PlayContext, { kind: 'SEARCH' }>;

export interface Wanted {
  readonly trackId: string;
  readonly meta: TrackMeta;
}

type Key = (playerOperations_track$key & { readonly id?: string }) | null | undefined;

interface Page {
  readonly tracks: readonly Key[];
  /** The `after` of the next page; null: this was the last. */
  readonly next: string | null;
}

/** More is not saved at once: a browser has no room for it. */
const MAX_TRACKS = 2_000;

/** All tracks of a context, in its order. Rejects when the server does not answer. */
export async function wantedTracks(environment: Environment, context: OfflineContext): Promise<Wanted[]> {
  const keys: Key[] = [];
  if (context.kind === 'TRACKS') {
    for (const id of context.trackIds) keys.push((await oneTrack(environment, id)) as Key);
  } else {
    for (let after: string | null = null; ; ) {
      const page: Page = await pageOf(environment, context, after);
      keys.push(...page.tracks);
      after = page.next;
      if (after === null || keys.length >= MAX_TRACKS) break;
    }
  }
  return keys.flatMap((key) => {
    if (!key) return [];
    const meta = trackOf(key);
    return meta.playable === false ? [] : [{ trackId: meta.id, meta }];
  });
}

async function oneTrack(environment: Environment, id: string) {
  const document = graphql`
    query saveTracksTrackQuery($id: ID!) {
      track(id: $id) {
        ...playerOperations_track
      }
    }
  `;
  return (await query<saveTracksTrackQuery>(environment, document, { id })).track;
}

function pageOf(environment: Environment, context: OfflineContext, after: string | null): Promise<Page> {
  if (context.kind === 'ALBUM') return albumPage(environment, context.id, after);
  if (context.kind === 'PLAYLIST') return playlistPage(environment, context.id, after);
  if (context.kind === 'ARTIST') return artistPage(environment, context.id);
  return likedPage(environment, after);
}

async function albumPage(environment: Environment, id: string, after: string | null): Promise<Page> {
  const document = graphql`
    query saveTracksAlbumQuery($id: ID!, $after: String) {
      album(id: $id) {
        tracks(first: 100, after: $after) {
          edges {
            node {
              ...playerOperations_track
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  `;
  const tracks = (await query<saveTracksAlbumQuery>(environment, document, { id, after })).album?.tracks;
  return { tracks: tracks?.edges.map(({ node }) => node) ?? [], next: nextOf(tracks?.pageInfo) };
}

async function playlistPage(environment: Environment, id: string, after: string | null): Promise<Page> {
  const document = graphql`
    query saveTracksPlaylistQuery($id: ID!, $after: String) {
      playlist(id: $id) {
        items(first: 100, after: $after) {
          edges {
            node {
              track {
                ...playerOperations_track
              }
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  `;
  const items = (await query<saveTracksPlaylistQuery>(environment, document, { id, after })).playlist?.items;
  return { tracks: items?.edges.map(({ node }) => node.track) ?? [], next: nextOf(items?.pageInfo) };
}

async function artistPage(environment: Environment, id: string): Promise<Page> {
  const document = graphql`
    query saveTracksArtistQuery($id: ID!) {
      artist(id: $id) {
        topTracks(first: 50) {
          ...playerOperations_track
        }
      }
    }
  `;
  const { artist } = await query<saveTracksArtistQuery>(environment, document, { id });
  return { tracks: artist?.topTracks ?? [], next: null };
}

async function likedPage(environment: Environment, after: string | null): Promise<Page> {
  const document = graphql`
    query saveTracksLikedQuery($after: String) {
      viewer {
        library {
          likedTracks(first: 100, after: $after) {
            edges {
              node {
                ...playerOperations_track
              }
            }
            pageInfo {
              hasNextPage
              endCursor
            }
          }
        }
      }
    }
  `;
  const liked = (await query<saveTracksLikedQuery>(environment, document, { after })).viewer?.library?.likedTracks;
  return { tracks: liked?.edges.map(({ node }) => node) ?? [], next: nextOf(liked?.pageInfo) };
}

const nextOf = (info: { readonly hasNextPage: boolean; readonly endCursor?: string | null } | undefined) =>
  info?.hasNextPage ? (info.endCursor ?? null) : null;
