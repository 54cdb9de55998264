import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { TextArea, TextField } from '../../components/controls/TextField';
import { Section } from '../../components/layout/Page';
import { useMutate } from '../../relay/useMutate';
import type { ProfileMutation } from './__generated__/ProfileMutation.graphql';
import type { ProfileQuery } from './__generated__/ProfileQuery.graphql';
import { FormEnd } from './FormEnd';
import { ProfilePicture } from './ProfilePicture';
import styles from './Settings.module.css';
import { useForm } from './useForm';

/** What everybody sees of the viewer. */
export default function Profile() {
  const { t } = useTranslation(['settings', 'common', 'session']);
  const { viewer } = useLazyLoadQuery<ProfileQuery>(
    graphql`
      query ProfileQuery {
        viewer {
          user {
            id
            displayName
            handle
            bio
            ...ProfilePicture_user
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  const [send] = useMutate<ProfileMutation>(graphql`
    mutation ProfileMutation($input: UpdateProfileInput!) {
      updateProfile(input: $input) {
        viewer {
          user {
            id
            displayName
            handle
            bio
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
  const form = useForm(
    async (data) => {
      const text = (name: string) => String(data.get(name)).trim();
      const input = {
        displayName: text('displayName'),
        handle: text('handle').toLowerCase(),
        bio: text('bio') || null,
      };
      return (await send({ input })).updateProfile.userErrors;
    },
    ['displayName', 'handle', 'bio'],
  );
  const user = viewer?.user;
  return (
    <Section title={t('settings:section.profile')}>
      {user && <ProfilePicture user={user} />}
      <form onSubmit={form.submit} className={styles.form}>
        <TextField
          label={t('settings:displayName')}
          name="displayName"
          required
          maxLength={80}
          defaultValue={user?.displayName}
          error={form.error('displayName')}
          dir="auto"
          autoComplete="name"
        />
        <TextField
          label={t('settings:handle')}
          hint={t('settings:handleHint')}
          name="handle"
          required
          maxLength={30}
          defaultValue={user?.handle}
          error={form.error('handle')}
          dir="ltr"
          autoComplete="username"
        />
        <TextArea
          label={t('settings:bio')}
          name="bio"
          maxLength={500}
          defaultValue={user?.bio ?? ''}
          error={form.error('bio')}
          dir="auto"
        />
        <FormEnd form={form} submit={t('common:save')} done={t('settings:saved')} />
      </form>
    </Section>
  );
}
