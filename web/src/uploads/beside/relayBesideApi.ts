import type { Environment } from 'relay-runtime';
import { graphql } from 'relay-runtime';

import { randomId } from '../../browser/randomId';
import { readTarget } from '../operations';
import { putPart } from '../putPart';
import { refuse, relayOperations } from '../relayApi';
import { TryLaterError } from '../types';
import type { relayBesideApiCompleteMutation } from './__generated__/relayBesideApiCompleteMutation.graphql';
import type { relayBesideApiCoverMutation } from './__generated__/relayBesideApiCoverMutation.graphql';
import type { relayBesideApiDeleteMutation } from './__generated__/relayBesideApiDeleteMutation.graphql';
import type { relayBesideApiImportMutation } from './__generated__/relayBesideApiImportMutation.graphql';
import type { relayBesideApiLyricsMutation } from './__generated__/relayBesideApiLyricsMutation.graphql';
import type { relayBesideApiPictureMutation } from './__generated__/relayBesideApiPictureMutation.graphql';
import type { relayBesideApiTrackQuery } from './__generated__/relayBesideApiTrackQuery.graphql';
import type { BesideApi } from './types';

/** How long the bytes of a picture may take. */
const SEND_TIMEOUT_MS = 120_000;

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

const picture = graphql`
  mutation relayBesideApiPictureMutation($sizeBytes: Float!, $idempotencyKey: String!) {
    createImageUpload(input: { sizeBytes: $sizeBytes }, idempotencyKey: $idempotencyKey) {
      imageId
      target {
        ...operations_target
      }
      userErrors {
        code
        message
      }
    }
  }
`;

const complete = graphql`
  mutation relayBesideApiCompleteMutation($imageId: ID!, $parts: [CompletedPartInput!]!) {
    completeImageUpload(imageId: $imageId, parts: $parts) {
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
    async sendPicture(file) {
      const variables = { sizeBytes: file.size, idempotencyKey: randomId() };
      const made = (await mutate<relayBesideApiPictureMutation>(picture, variables)).createImageUpload;
      const { imageId } = made;
      if (!imageId) return refuse(made.userErrors);
      const part = made.target ? readTarget(made.target).parts[0] : undefined;
      const put = (one: NonNullable<typeof part>) =>
        putPart(one, file.slice(), () => {}, AbortSignal.timeout(SEND_TIMEOUT_MS)).catch((error: Error) => {
          throw new TryLaterError(error.message);
        });
      const parts = part ? [{ number: part.number, etag: await put(part) }] : [];
      const done = await mutate<relayBesideApiCompleteMutation>(complete, { imageId, parts });
      accepted(done.completeImageUpload.userErrors);
      return imageId;
    },
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
