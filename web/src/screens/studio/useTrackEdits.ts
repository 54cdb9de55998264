import { graphql } from 'react-relay';

import { useMutate } from '../../relay/useMutate';
import type { useTrackEditsDeleteTrackMutation } from './__generated__/useTrackEditsDeleteTrackMutation.graphql';
import type { useTrackEditsPublishTrackMutation } from './__generated__/useTrackEditsPublishTrackMutation.graphql';
import type { TracksPatch, useTrackEditsTracksMutation } from './__generated__/useTrackEditsTracksMutation.graphql';
import { idsOf, type Versioned } from './refused';

/** Edits several tracks, and publishes, withdraws or deletes one; gives what was refused. */
export function useTrackEdits() {
  const [update] = useMutate<useTrackEditsTracksMutation>(graphql`
    mutation useTrackEditsTracksMutation($ids: [ID!]!, $baseVersions: [Int!]!, $patch: TracksPatch!) {
      updateTracks(ids: $ids, baseVersions: $baseVersions, patch: $patch) {
        tracks {
          id
          version
          explicit
          discNumber
          artists {
            id
            name
          }
          genres {
            name
          }
        }
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const [publish] = useMutate<useTrackEditsPublishTrackMutation>(graphql`
    mutation useTrackEditsPublishTrackMutation($id: ID!) {
      publishTrack(id: $id) {
        track {
          id
          status
          version
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [remove] = useMutate<useTrackEditsDeleteTrackMutation>(graphql`
    mutation useTrackEditsDeleteTrackMutation($id: ID!) {
      deleteTrack(id: $id) {
        userErrors {
          code
          message
        }
      }
    }
  `);
  return {
    update: async (chosen: readonly Versioned[], patch: TracksPatch) =>
      (await update({ ...idsOf(chosen), patch })).updateTracks.userErrors,
    publish: async (id: string) => (await publish({ id })).publishTrack.userErrors,
    /** Withdraws a track that is published, and deletes any other. */
    remove: async (id: string) => (await remove({ id })).deleteTrack.userErrors,
  };
}
