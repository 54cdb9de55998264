import { useTranslation } from 'react-i18next';
import { graphql, useMutation } from 'react-relay';
import type { RecordSourceSelectorProxy } from 'relay-runtime';

import { usePlayer } from '../../player/usePlayer';
import { toast } from '../feedback/toasts';
import type { useTrackActionsLikeMutation } from './__generated__/useTrackActionsLikeMutation.graphql';

/** What can be done with tracks from any list; each says how it went. */
export function useTrackActions() {
  const { t } = useTranslation();
  const player = usePlayer();
  const [commitLike] = useMutation<useTrackActionsLikeMutation>(graphql`
    mutation useTrackActionsLikeMutation($trackIds: [ID!]!, $liked: Boolean!) {
      setLiked(trackIds: $trackIds, liked: $liked) {
        userErrors {
          message
        }
      }
    }
  `);
  const fail = () => toast(t('actionFailed'), { tone: 'error' });

  return {
    /** Shows at once, and goes back when the server says no. */
    setLiked(trackIds: readonly string[], liked: boolean) {
      const write = (store: RecordSourceSelectorProxy) => {
        for (const id of trackIds) store.get(id)?.setValue(liked, 'liked');
      };
      commitLike({
        variables: { trackIds: [...trackIds], liked },
        optimisticUpdater: write,
        updater: (store, data) => {
          if (data?.setLiked.userErrors.length === 0) write(store);
          else fail();
        },
        onError: fail,
      });
    },
    async playNext(trackIds: readonly string[]) {
      const done = await player?.playNext(trackIds);
      if (done?.ok) toast(t('playsNext', { count: trackIds.length }));
    },
    async enqueue(trackIds: readonly string[]) {
      const done = await player?.enqueue(trackIds);
      if (done?.ok) toast(t('addedToQueue', { count: trackIds.length }));
    },
  };
}
