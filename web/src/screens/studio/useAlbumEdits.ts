import { graphql } from 'react-relay';

import { useMutate } from '../../relay/useMutate';
import type { useAlbumEditsDeleteMutation } from './__generated__/useAlbumEditsDeleteMutation.graphql';
import type { useAlbumEditsPublishMutation } from './__generated__/useAlbumEditsPublishMutation.graphql';
import type { useAlbumEditsWithdrawMutation } from './__generated__/useAlbumEditsWithdrawMutation.graphql';
import { idsOf, type Versioned } from './refused';

/** Publishes, withdraws and deletes albums, each by itself; gives what was refused. */
export function useAlbumEdits() {
  const [publish] = useMutate<useAlbumEditsPublishMutation>(graphql`
    mutation useAlbumEditsPublishMutation($ids: [ID!]!, $baseVersions: [Int!]!) {
      publishAlbums(ids: $ids, baseVersions: $baseVersions) {
        albums {
          id
          status
          version
        }
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const [withdraw] = useMutate<useAlbumEditsWithdrawMutation>(graphql`
    mutation useAlbumEditsWithdrawMutation($ids: [ID!]!, $baseVersions: [Int!]!) {
      withdrawAlbums(ids: $ids, baseVersions: $baseVersions) {
        albums {
          id
          status
          version
        }
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const [remove] = useMutate<useAlbumEditsDeleteMutation>(graphql`
    mutation useAlbumEditsDeleteMutation($ids: [ID!]!, $baseVersions: [Int!]!, $withTracks: Boolean!) {
      deleteAlbums(ids: $ids, baseVersions: $baseVersions, withTracks: $withTracks) {
        deletedIds
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  return {
    publish: async (chosen: readonly Versioned[]) => (await publish(idsOf(chosen))).publishAlbums.userErrors,
    withdraw: async (chosen: readonly Versioned[]) => (await withdraw(idsOf(chosen))).withdrawAlbums.userErrors,
    remove: async (chosen: readonly Versioned[], withTracks: boolean) =>
      (await remove({ ...idsOf(chosen), withTracks })).deleteAlbums.userErrors,
  };
}
