/** The tracks of what somebody wants to play, in order, by pages. */

import type { Environment } from 'relay-runtime';

import type { Operations } from '../controller/port';
import type { playerOperationsAlbumQuery } from './__generated__/playerOperationsAlbumQuery.graphql';
import type { playerOperationsArtistQuery } from './__generated__/playerOperationsArtistQuery.graphql';
import type { playerOperationsLikedQuery } from './__generated__/playerOperationsLikedQuery.graphql';
import type { playerOperationsPlaylistQuery } from './__generated__/playerOperationsPlaylistQuery.graphql';
import type { playerOperationsSearchQuery } from './__generated__/playerOperationsSearchQuery.graphql';
import { query } from './execute';
import * as documents from './playerOperations';

type Variables = Operations['contextTracks']['variables'];
type Page = Operations['contextTracks']['data'];

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly endCursor: string | null | undefined;
}

const NOTHING: Page = { trackIds: [], next: null };

export async function contextTracks(environment: Environment, { kind, key, after }: Variables): Promise<Page> {
  switch (kind) {
    case 'ALBUM': {
      const { album } = await query<playerOperationsAlbumQuery>(environment, documents.albumTracks, { key, after });
      return album
        ? page(
            album.tracks.edges.map(({ node }) => node?.id),
            album.tracks.pageInfo,
          )
        : NOTHING;
    }
    case 'PLAYLIST': {
      const { playlist } = await query<playerOperationsPlaylistQuery>(environment, documents.playlistTracks, {
        key,
        after,
      });
      return playlist
        ? page(
            playlist.items.edges.map(({ node }) => node.track?.id),
            playlist.items.pageInfo,
          )
        : NOTHING;
    }
    case 'ARTIST': {
      const { artist } = await query<playerOperationsArtistQuery>(environment, documents.artistTracks, { key });
      return page(artist?.topTracks.map(({ id }) => id) ?? [], null);
    }
    case 'LIKED': {
      const { viewer } = await query<playerOperationsLikedQuery>(environment, documents.likedTracks, { after });
      const liked = viewer?.library?.likedTracks;
      return liked
        ? page(
            liked.edges.map(({ node }) => node?.id),
            liked.pageInfo,
          )
        : NOTHING;
    }
    case 'SEARCH': {
      const { search } = await query<playerOperationsSearchQuery>(environment, documents.searchTracks, { key });
      return page(search?.edges.map(({ node }) => node?.id) ?? [], null);
    }
  }
}

function page(ids: readonly (string | null | undefined)[], info: PageInfo | null): Page {
  const trackIds = ids.filter((id) => id != null);
  return { trackIds, next: info?.hasNextPage ? (info.endCursor ?? null) : null };
}
