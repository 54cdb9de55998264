import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { toast } from '../../components/feedback/toasts';
import { useFormat } from '../../i18n/useFormat';
import type { TracksPatch } from './__generated__/useTrackEditsTracksMutation.graphql';
import { type EditError, type Refused, refusedOf, type Versioned } from './refused';
import { useAlbumEdits } from './useAlbumEdits';
import { useTrackEdits } from './useTrackEdits';

/** A track or an album of a list, with what it is now. */
export interface Published extends Versioned {
  readonly status?: 'DRAFT' | 'PUBLISHED' | 'WITHDRAWN';
}

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
