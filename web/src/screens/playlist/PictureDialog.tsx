import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { faceUrl } from '../../components/cards/faceUrl';
import { Dialog } from '../../components/controls/Dialog';
import { PictureEditor } from '../../components/picture/PictureEditor';
import { useMutate } from '../../relay/useMutate';
import type { PictureDialog_playlist$key } from './__generated__/PictureDialog_playlist.graphql';
import type { PictureDialogMutation } from './__generated__/PictureDialogMutation.graphql';

/** The picture of a playlist: shown, replaced by one of this device, or taken away. */
export function PictureDialog({ playlist, onClose }: { playlist: PictureDialog_playlist$key; onClose: () => void }) {
  const { t } = useTranslation('playlists');
  const data = useFragment(
    graphql`
      fragment PictureDialog_playlist on Playlist {
        id
        title
        picture {
          id
          url
        }
      }
    `,
    playlist,
  );
  const [set] = useMutate<PictureDialogMutation>(graphql`
    mutation PictureDialogMutation($playlistId: ID!, $imageId: ID) {
      setPlaylistPicture(playlistId: $playlistId, imageId: $imageId) {
        playlist {
          id
          version
          ...PictureDialog_playlist
        }
        userErrors {
          message
        }
      }
    }
  `);
  return (
    <Dialog title={t('picture')} onClose={onClose}>
      <PictureEditor
        url={faceUrl(data)}
        title={data.title}
        choose={t('picture.choose')}
        remove={t('picture.remove')}
        removable={Boolean(data.picture)}
        onSet={async (imageId) => (await set({ playlistId: data.id, imageId })).setPlaylistPicture.userErrors}
      />
    </Dialog>
  );
}
