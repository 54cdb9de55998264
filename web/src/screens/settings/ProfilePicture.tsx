import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { faceUrl } from '../../components/cards/faceUrl';
import { PictureEditor } from '../../components/picture/PictureEditor';
import { useMutate } from '../../relay/useMutate';
import type { ProfilePicture_user$key } from './__generated__/ProfilePicture_user.graphql';
import type { ProfilePictureMutation } from './__generated__/ProfilePictureMutation.graphql';

/** The picture that everybody sees of the viewer: one of this device, which goes before an address. */
export function ProfilePicture({ user }: { user: ProfilePicture_user$key }) {
  const { t } = useTranslation('settings');
  const data = useFragment(
    graphql`
      fragment ProfilePicture_user on User {
        id
        displayName
        avatarUrl
        picture {
          id
          url
        }
      }
    `,
    user,
  );
  const [set] = useMutate<ProfilePictureMutation>(graphql`
    mutation ProfilePictureMutation($imageId: ID) {
      setProfilePicture(imageId: $imageId) {
        viewer {
          id
          user {
            ...ProfilePicture_user
          }
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
      url={faceUrl(data)}
      title={data.displayName}
      shape="round"
      choose={t('choosePicture')}
      remove={t('removePicture')}
      removable={data.picture != null}
      onSet={async (imageId) => (await set({ imageId })).setProfilePicture.userErrors}
    />
  );
}
