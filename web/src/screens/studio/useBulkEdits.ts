import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { toast } from '../../components/feedback/toasts';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { useBulkEditsDeleteMutation } from './__generated__/useBulkEditsDeleteMutation.graphql';
import type { useBulkEditsDeleteTrackMutation } from './__generated__/useBulkEditsDeleteTrackMutation.graphql';
import type { useBulkEditsPublishMutation } from './__generated__/useBulkEditsPublishMutation.graphql';
import type { useBulkEditsPublishTrackMutation } from './__generated__/useBulkEditsPublishTrackMutation.graphql';
import type { TracksPatch, useBulkEditsTracksMutation } from './__generated__/useBulkEditsTracksMutation.graphql';
import type { useBulkEditsWithdrawMutation } from './__generated__/useBulkEditsWithdrawMutation.graphql';
import { type EditError, type Refused, refusedOf, type Versioned } from './refused';

/** A track or an album of a list, with what it is now. */
export interface Published extends Versioned {
  readonly status?: 'DRAFT' | 'PUBLISHED' | 'WITHDRAWN';
}

const idsOf = (chosen: readonly Versioned[]) => ({
  ids: chosen.map(({ id }) => id),
  baseVersions: chosen.map(({ version }) => version),
});

/**
 * What can be done to many tracks or albums at once, each by itself. Every edit says how it went, and resolves then; what was
 * refused is in `refused` until `forget`.
 */
export function useBulkEdits(onChanged: () => void) {
  const { t } = useTranslation(['studio', 'common']);
  const format = useFormat();
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const albums = useAlbumEdits();
  const tracks = useTrackEdits();
  const settle = async (chosen: readonly Versioned[], answer: Promise<readonly EditError[]>) => {
    const failed = () => [{ code: '', message: t('common:actionFailed') }];
    const left = refusedOf(chosen, await answer.catch(failed), t('studio:stale'));
    const done = chosen.length - left.length;
    if (done > 0) toast(t('studio:bulk.done', { shown: format.count(done) }));
    setRefused(left);
    onChanged();
  };
  /** For what the API does to one only: one after the other, so that a refusal of one leaves the others. */
  const each = async (
    chosen: readonly Published[],
    send: (track: Published) => Promise<readonly EditError[]>,
  ): Promise<readonly EditError[]> => {
    const errors: EditError[] = [];
    for (const [index, track] of chosen.entries()) {
      const [error] = await send(track).catch(() => [{ code: '', message: t('common:actionFailed') }]);
      if (error) errors.push({ ...error, path: ['ids', String(index)] });
    }
    return errors;
  };
  const withdrawn = { code: 'CONFLICT', message: t('studio:bulk.withdrawFirst') };
  return {
    refused,
    forget: () => setRefused([]),
    updateTracks: (chosen: readonly Versioned[], patch: TracksPatch) => settle(chosen, tracks.update(chosen, patch)),
    publishTracks: (chosen: readonly Published[]) =>
      settle(
        chosen,
        each(chosen, async ({ id, status }) => (status === 'PUBLISHED' ? [] : tracks.publish(id))),
      ),
    // The same mutation deletes what is not published.
    withdrawTracks: (chosen: readonly Published[]) =>
      settle(
        chosen,
        each(chosen, async ({ id, status }) => (status === 'PUBLISHED' ? tracks.remove(id) : [])),
      ),
    deleteTracks: (chosen: readonly Published[]) =>
      settle(
        chosen,
        each(chosen, async ({ id, status }) => (status === 'PUBLISHED' ? [withdrawn] : tracks.remove(id))),
      ),
    publishAlbums: (chosen: readonly Versioned[]) => settle(chosen, albums.publish(chosen)),
    withdrawAlbums: (chosen: readonly Versioned[]) => settle(chosen, albums.withdraw(chosen)),
    deleteAlbums: (chosen: readonly Versioned[], withTracks: boolean) =>
      settle(chosen, albums.remove(chosen, withTracks)),
  };
}

function useAlbumEdits() {
  const [publish] = useMutate<useBulkEditsPublishMutation>(graphql`
    mutation useBulkEditsPublishMutation($ids: [ID!]!, $baseVersions: [Int!]!) {
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
  const [withdraw] = useMutate<useBulkEditsWithdrawMutation>(graphql`
    mutation useBulkEditsWithdrawMutation($ids: [ID!]!, $baseVersions: [Int!]!) {
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
  const [remove] = useMutate<useBulkEditsDeleteMutation>(graphql`
    mutation useBulkEditsDeleteMutation($ids: [ID!]!, $baseVersions: [Int!]!, $withTracks: Boolean!) {
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

function useTrackEdits() {
  const [update] = useMutate<useBulkEditsTracksMutation>(graphql`
    mutation useBulkEditsTracksMutation($ids: [ID!]!, $baseVersions: [Int!]!, $patch: TracksPatch!) {
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
  const [publish] = useMutate<useBulkEditsPublishTrackMutation>(graphql`
    mutation useBulkEditsPublishTrackMutation($id: ID!) {
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
  const [remove] = useMutate<useBulkEditsDeleteTrackMutation>(graphql`
    mutation useBulkEditsDeleteTrackMutation($id: ID!) {
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
    remove: async (id: string) => (await remove({ id })).deleteTrack.userErrors,
  };
}
