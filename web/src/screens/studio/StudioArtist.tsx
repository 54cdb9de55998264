import { Link, useParams } from '@tanstack/react-router';
import { useActionState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { sendForm } from '../../components/controls/sendForm';
import { TextArea, TextField } from '../../components/controls/TextField';
import { Page, Section } from '../../components/layout/Page';
import { PictureEditor } from '../../components/picture/PictureEditor';
import { useMutate } from '../../relay/useMutate';
import { NotFound } from '../../shell/NotFound';
import type { StudioArtistMutation } from './__generated__/StudioArtistMutation.graphql';
import type { StudioArtistPictureMutation } from './__generated__/StudioArtistPictureMutation.graphql';
import type { StudioArtistQuery } from './__generated__/StudioArtistQuery.graphql';
import { FormEnd } from './FormEnd';
import { reasonOf } from './refused';
import styles from './Studio.module.css';

type Artist = NonNullable<StudioArtistQuery['response']['artist']>;

/** Screen 17: an artist whose music the viewer brought, to be edited. */
export default function StudioArtist() {
  const { t } = useTranslation('studio');
  const { artistId } = useParams({ strict: false }) as { artistId: string };
  const { artist } = useLazyLoadQuery<StudioArtistQuery>(
    graphql`
      query StudioArtistQuery($id: ID!) {
        artist(id: $id) {
          id
          name
          sortName
          bio
          imageUrl
          version
        }
      }
    `,
    { id: artistId },
    { fetchPolicy: 'store-and-network' },
  );
  const [setPicture] = useMutate<StudioArtistPictureMutation>(graphql`
    mutation StudioArtistPictureMutation($artistId: ID!, $imageId: ID) {
      setArtistImage(artistId: $artistId, imageId: $imageId) {
        artist {
          id
          imageUrl
          version
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  if (!artist) return <NotFound />;
  return (
    <Page
      title={artist.name}
      actions={
        <Link to="/artists/$artistId" params={{ artistId: artist.id }}>
          {t('artist.page')}
        </Link>
      }
    >
      <PictureEditor
        url={artist.imageUrl as string | null}
        title={artist.name}
        shape="round"
        choose={t('choosePicture')}
        remove={t('removePicture')}
        onSet={async (imageId) => (await setPicture({ artistId: artist.id, imageId })).setArtistImage.userErrors}
      />
      <Section title={t('details')}>
        <ArtistForm key={artist.id} artist={artist} />
      </Section>
    </Page>
  );
}

function ArtistForm({ artist }: { artist: Artist }) {
  const { t } = useTranslation(['studio', 'common']);
  const [update] = useMutate<StudioArtistMutation>(graphql`
    mutation StudioArtistMutation($id: ID!, $input: ArtistInput!, $baseVersion: Int) {
      updateArtist(id: $id, input: $input, baseVersion: $baseVersion) {
        artist {
          id
          name
          sortName
          bio
          version
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [result, submit, isBusy] = useActionState(async (_: string | null, form: FormData) => {
    const text = (name: string) => String(form.get(name)).trim();
    const input = { name: text('name'), sortName: text('sortName') || null, bio: text('bio') || null };
    const variables = { id: artist.id, input, baseVersion: artist.version };
    const payload = (await update(variables).catch(() => null))?.updateArtist;
    if (payload?.artist) return '';
    const [error] = payload?.userErrors ?? [];
    return error ? reasonOf(error, t('studio:stale')) : t('common:actionFailed');
  }, null);
  return (
    <form onSubmit={sendForm(submit)} className={styles.form}>
      <TextField label={t('studio:name')} name="name" required maxLength={300} defaultValue={artist.name} dir="auto" />
      <TextField
        label={t('studio:sortName')}
        hint={t('studio:sortNameHint')}
        name="sortName"
        maxLength={300}
        defaultValue={artist.sortName}
        dir="auto"
      />
      <TextArea label={t('studio:bio')} name="bio" rows={6} defaultValue={artist.bio ?? ''} dir="auto" />
      <FormEnd result={result} isBusy={isBusy} />
    </form>
  );
}
