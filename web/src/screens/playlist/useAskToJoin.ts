import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { toast } from '../../components/feedback/toasts';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { useAskToJoinMutation } from './__generated__/useAskToJoinMutation.graphql';

/** Takes back that the viewer has declined an invitation to a playlist or has left it: its owner may let them in. */
export function useAskToJoin(): (playlistId: string, title: string) => Promise<void> {
  const { t } = useTranslation(['playlists', 'common']);
  const commit = usePromisedMutation<useAskToJoinMutation>(graphql`
    mutation useAskToJoinMutation($id: ID!) {
      askToJoinPlaylist(playlistId: $id) {
        userErrors {
          message
        }
      }
    }
  `);
  return async (id, title) => {
    const payload = (await commit({ variables: { id } }))?.askToJoinPlaylist;
    const refusal = payload ? payload.userErrors[0]?.message : t('common:actionFailed');
    if (refusal) toast(refusal, { tone: 'error' });
    else toast(t('playlists:asked', { title }));
  };
}
