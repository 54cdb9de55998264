import type { Environment } from 'relay-runtime';
import { graphql } from 'relay-runtime';

import { refuse, relayOperations } from '../relayOperations';
import { sendPicture } from '../sendPicture';
import type { relayBesideApiCoverMutation } from './__generated__/relayBesideApiCoverMutation.graphql';
import type { relayBesideApiDeleteMutation } from './__generated__/relayBesideApiDeleteMutation.graphql';
import type { relayBesideApiImportMutation } from './__generated__/relayBesideApiImportMutation.graphql';
import type { relayBesideApiLyricsMutation } from './__generated__/relayBesideApiLyricsMutation.graphql';
import type { relayBesideApiTrackQuery } from './__generated__/relayBesideApiTrackQuery.graphql';
import type { BesideApi } from './types';

const track = graphql`
  query relayBesideApiTrackQuery($id: ID!) {
    track(id: $id) {
      id
      title
      lyrics {
        synced
      }
      album {
        id
        coverUrl
      }
    }
  }
`;

const lyrics = graphql`
  mutation relayBesideApiLyricsMutation($trackId: ID!, $lrc: String!) {
    setLyrics(trackId: $trackId, lrc: $lrc) {
      userErrors {
        code
        message
      }
    }
  }
`;

const cover = graphql`
  mutation relayBesideApiCoverMutation($albumId: ID!, $imageId: ID!) {
    setAlbumCover(albumId: $albumId, imageId: $imageId) {
      album {
        id
        coverUrl
      }
      userErrors {
        code
        message
      }
    }
  }
`;

const list = graphql`
  mutation relayBesideApiImportMutation($input: ImportPlaylistInput!, $idempotencyKey: String!) {
    importPlaylist(input: $input, idempotencyKey: $idempotencyKey) {
      playlist {
        id
      }
      entryCount
      matchedCount
      unmatched {
        position
      }
      userErrors {
        code
        message
      }
    }
  }
`;

const remove = graphql`
  mutation relayBesideApiDeleteMutation($id: ID!) {
    deletePlaylist(id: $id) {
      userErrors {
        code
        message
      }
    }
  }
`;

/** What files beside music need, by way of Relay. */
export function relayBesideApi(environment: Environment): BesideApi {
  const { query, mutate } = relayOperations(environment);
  const accepted = (errors: Parameters<typeof refuse>[0]) => {
    if (errors.length > 0) refuse(errors);
  };
  return {
    async track(id) {
      const found = (await query<relayBesideApiTrackQuery>(track, { id })).track;
      if (!found) return null;
      const album = found.album ? { id: found.album.id, hasCover: found.album.coverUrl != null } : null;
      return { title: found.title, hasLyrics: found.lyrics != null, album };
    },
    async setLyrics(trackId, lrc) {
      accepted((await mutate<relayBesideApiLyricsMutation>(lyrics, { trackId, lrc })).setLyrics.userErrors);
    },
    sendPicture: (file) => sendPicture(environment, file),
    async setCover(albumId, imageId) {
      accepted((await mutate<relayBesideApiCoverMutation>(cover, { albumId, imageId })).setAlbumCover.userErrors);
    },
    async importPlaylist(title, content, idempotencyKey) {
      const variables = { input: { title, content, format: 'M3U8' as const }, idempotencyKey };
      const made = (await mutate<relayBesideApiImportMutation>(list, variables)).importPlaylist;
      accepted(made.userErrors);
      const { playlist, entryCount, matchedCount } = made;
      const unmatched = made.unmatched.map(({ position }) => position);
      return { playlistId: playlist?.id ?? null, entryCount, matchedCount, unmatched };
    },
    async deletePlaylist(id) {
      accepted((await mutate<relayBesideApiDeleteMutation>(remove, { id })).deletePlaylist.userErrors);
    },
  };
}
