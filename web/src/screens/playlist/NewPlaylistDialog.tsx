import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { NewPlaylistDialogMutation } from './__generated__/NewPlaylistDialogMutation.graphql';
import { PlaylistForm } from './PlaylistForm';

/** Makes an empty playlist and goes there. */
export function NewPlaylistDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const commit = usePromisedMutation<NewPlaylistDialogMutation>(graphql`
    mutation NewPlaylistDialogMutation($input: PlaylistInput!) {
      createPlaylist(input: $input) {
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
  return (
    <PlaylistForm
      heading={t('newPlaylist')}
      initial={{ title: '', description: null, visibility: 'PRIVATE' }}
      submit={t('create')}
      onClose={onClose}
      onSave={async (input) => {
        const payload = (await commit({ variables: { input } }))?.createPlaylist;
        if (!payload?.playlist) return payload?.userErrors[0]?.message ?? t('actionFailed');
        onClose();
        await navigate({ to: '/playlists/$playlistId', params: { playlistId: payload.playlist.id } });
        return null;
      }}
    />
  );
}
