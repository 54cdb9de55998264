import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { toast } from '../../components/feedback/toasts';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import { useSession } from '../../session/SessionProvider';
import type { PlaylistDialogs_playlist$key } from './__generated__/PlaylistDialogs_playlist.graphql';
import type { PlaylistDialogsDeleteMutation } from './__generated__/PlaylistDialogsDeleteMutation.graphql';
import type { PlaylistDialogsUpdateMutation } from './__generated__/PlaylistDialogsUpdateMutation.graphql';
import { CollaboratorsDialog, useSetCollaborator } from './CollaboratorsDialog';
import { PictureDialog } from './PictureDialog';
import { PlaylistForm } from './PlaylistForm';
import type { PlaylistDialog } from './PlaylistMenu';
import { ShareDialog } from './ShareDialog';
import { useAskToJoin } from './useAskToJoin';

export interface PlaylistDialogsProps {
  readonly playlist: PlaylistDialogs_playlist$key;
  readonly dialog: PlaylistDialog;
  readonly onClose: () => void;
}

/** The dialogs of a playlist's page; loaded when the first one opens. */
export default function PlaylistDialogs({ playlist, dialog, onClose }: PlaylistDialogsProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const navigate = useNavigate();
  const session = useSession();
  const data = useFragment(
    graphql`
      fragment PlaylistDialogs_playlist on Playlist {
        id
        title
        description
        visibility
        ...PictureDialog_playlist
        ...ShareDialog_playlist
        ...CollaboratorsDialog_playlist
      }
    `,
    playlist,
  );
  const update = useUpdate(data.id);
  const remove = useDelete(data.id);
  const setCollaborator = useSetCollaborator(data.id);
  const askToJoin = useAskToJoin();
  const goAway = () => navigate({ to: '/library/playlists' });
  switch (dialog) {
    case 'edit':
      return (
        <PlaylistForm
          heading={t('playlists:editDetails')}
          initial={{ title: data.title, description: data.description ?? null, visibility: data.visibility }}
          submit={t('common:save')}
          onClose={onClose}
          onSave={async (details) => {
            const error = await update(details);
            if (!error) onClose();
            return error;
          }}
        />
      );
    case 'picture':
      return <PictureDialog playlist={data} onClose={onClose} />;
    case 'share':
      return <ShareDialog playlist={data} onClose={onClose} />;
    case 'people':
      return <CollaboratorsDialog playlist={data} onClose={onClose} />;
    case 'delete':
      return (
        <ConfirmDialog
          title={t('playlists:deleteTitle', { title: data.title })}
          body={t('playlists:deleteBody')}
          confirm={t('common:delete')}
          onClose={onClose}
          onConfirm={async () => {
            if (await remove()) await goAway();
            else toast(t('common:actionFailed'), { tone: 'error' });
          }}
        />
      );
    case 'leave':
      return (
        <ConfirmDialog
          title={t('playlists:leave')}
          body={t('playlists:leaveBody', { title: data.title })}
          confirm={t('playlists:leave')}
          onClose={onClose}
          onConfirm={async () => {
            if (session.status !== 'signedIn' || (await setCollaborator(session.userId, null)) !== null)
              return toast(t('common:actionFailed'), { tone: 'error' });
            await goAway();
            const action = { label: t('playlists:askToJoin'), run: () => void askToJoin(data.id, data.title) };
            toast(t('playlists:left', { title: data.title }), { action });
          }}
        />
      );
  }
}

function useUpdate(id: string) {
  const { t } = useTranslation();
  const commit = usePromisedMutation<PlaylistDialogsUpdateMutation>(graphql`
    mutation PlaylistDialogsUpdateMutation($id: ID!, $input: PlaylistInput!) {
      updatePlaylist(id: $id, input: $input) {
        playlist {
          id
          ...PlaylistHead_playlist
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (input: PlaylistDialogsUpdateMutation['variables']['input']) => {
    const payload = (await commit({ variables: { id, input } }))?.updatePlaylist;
    return payload?.playlist ? null : (payload?.userErrors[0]?.message ?? t('actionFailed'));
  };
}

function useDelete(id: string) {
  const commit = usePromisedMutation<PlaylistDialogsDeleteMutation>(graphql`
    mutation PlaylistDialogsDeleteMutation($id: ID!) {
      deletePlaylist(id: $id) {
        ok
      }
    }
  `);
  return async () => (await commit({ variables: { id } }))?.deletePlaylist.ok ?? false;
}
