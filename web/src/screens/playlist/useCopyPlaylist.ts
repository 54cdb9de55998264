import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { toast } from '../../components/feedback/toasts';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { useCopyPlaylistMutation } from './__generated__/useCopyPlaylistMutation.graphql';

/** Makes a private copy that belongs to the viewer, of smart playlists with what they choose now, and goes there. */
export function useCopyPlaylist(): (playlistId: string) => Promise<void> {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const commit = usePromisedMutation<useCopyPlaylistMutation>(graphql`
    mutation useCopyPlaylistMutation($id: ID!) {
      copyPlaylist(id: $id) {
        playlist {
          id
          title
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (id) => {
    const payload = (await commit({ variables: { id } }))?.copyPlaylist;
    if (!payload?.playlist) return toast(payload?.userErrors[0]?.message ?? t('actionFailed'), { tone: 'error' });
    await navigate({ to: '/playlists/$playlistId', params: { playlistId: payload.playlist.id } });
  };
}
