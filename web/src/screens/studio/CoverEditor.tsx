import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { PictureEditor } from '../../components/picture/PictureEditor';
import { useMutate } from '../../relay/useMutate';
import type { CoverEditor_album$key } from './__generated__/CoverEditor_album.graphql';
import type { CoverEditorSetMutation } from './__generated__/CoverEditorSetMutation.graphql';

/** The cover of an album: shown, replaced by a picture of this device, or taken off. */
export function CoverEditor({ album }: { album: CoverEditor_album$key }) {
  const { t } = useTranslation('studio');
  const data = useFragment(
    graphql`
      fragment CoverEditor_album on Album {
        id
        title
        coverUrl
        version
      }
    `,
    album,
  );
  const [set] = useMutate<CoverEditorSetMutation>(graphql`
    mutation CoverEditorSetMutation($albumId: ID!, $imageId: ID) {
      setAlbumCover(albumId: $albumId, imageId: $imageId) {
        album {
          ...CoverEditor_album
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  return (
    <PictureEditor
      url={data.coverUrl as string | null}
      title={data.title}
      choose={t('chooseCover')}
      remove={t('removeCover')}
      onSet={async (imageId) => (await set({ albumId: data.id, imageId })).setAlbumCover.userErrors}
    />
  );
}
