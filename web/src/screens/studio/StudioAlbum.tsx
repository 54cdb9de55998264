import { Link, useParams } from '@tanstack/react-router';
import { useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { MoreButton } from '../../components/controls/MoreButton';
import { sendForm } from '../../components/controls/sendForm';
import { Select, TextField } from '../../components/controls/TextField';
import { Page, Section } from '../../components/layout/Page';
import { useMutate } from '../../relay/useMutate';
import { NotFound } from '../../shell/NotFound';
import type { StudioAlbum_tracks$key } from './__generated__/StudioAlbum_tracks.graphql';
import type { StudioAlbumMutation } from './__generated__/StudioAlbumMutation.graphql';
import type { StudioAlbumQuery } from './__generated__/StudioAlbumQuery.graphql';
import { CoverEditor } from './CoverEditor';
import { FormEnd } from './FormEnd';
import { PublicationButtons } from './PublicationButtons';
import { reasonOf } from './refused';
import styles from './Studio.module.css';
import { splitNames } from './tags';
import { useAlbumEdits } from './useAlbumEdits';

type Album = NonNullable<StudioAlbumQuery['response']['album']>;
const PAGE = 100;
const KINDS = ['ALBUM', 'EP', 'SINGLE', 'COMPILATION'] as const;

/** Screen 17: an album of the viewer, to be edited. */
export default function StudioAlbum() {
  const { t } = useTranslation('studio');
  const { albumId } = useParams({ strict: false }) as { albumId: string };
  const { album } = useLazyLoadQuery<StudioAlbumQuery>(
    graphql`
      query StudioAlbumQuery($id: ID!) {
        album(id: $id) {
          id
          title
          version
          kind
          status
          releasedOn
          artists {
            id
          }
          genres {
            name
          }
          ...CoverEditor_album
          ...StudioAlbum_tracks
        }
      }
    `,
    { id: albumId },
    { fetchPolicy: 'store-and-network' },
  );
  const edits = useAlbumEdits();
  if (!album) return <NotFound />;
  return (
    <Page
      title={album.title}
      actions={
        <PublicationButtons
          status={album.status}
          publish={() => edits.publish([{ ...album, name: album.title }])}
          withdraw={() => edits.withdraw([{ ...album, name: album.title }])}
        />
      }
    >
      <CoverEditor album={album} />
      <Section title={t('details')}>
        <AlbumForm key={album.id} album={album} />
      </Section>
      <Section title={t('tracks')}>
        <Tracks album={album} />
      </Section>
    </Page>
  );
}

/** What stands on the album, a page after the other. */
function Tracks({ album }: { album: StudioAlbum_tracks$key }) {
  const { t } = useTranslation('studio');
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment(
    graphql`
      fragment StudioAlbum_tracks on Album
      @refetchable(queryName: "StudioAlbumTracksQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        tracks(first: $count, after: $after) @connection(key: "StudioAlbum_tracks") {
          edges {
            node {
              id
              title
              status
            }
          }
        }
      }
    `,
    album,
  );
  return (
    <>
      <ol className={styles.list}>
        {data.tracks.edges.map(
          ({ node }) =>
            node && (
              <li key={node.id} aria-label={node.title}>
                <Link to="/studio/tracks/$trackId" params={{ trackId: node.id }} dir="auto">
                  {node.title}
                </Link>
                <span className={styles.badge}>{t(`status.${node.status}`)}</span>
              </li>
            ),
        )}
      </ol>
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </>
  );
}

function AlbumForm({ album }: { album: Album }) {
  const { t } = useTranslation(['studio', 'common']);
  const [kind, setKind] = useState(album.kind);
  const [update] = useMutate<StudioAlbumMutation>(graphql`
    mutation StudioAlbumMutation($id: ID!, $input: AlbumInput!, $baseVersion: Int) {
      updateAlbum(id: $id, input: $input, baseVersion: $baseVersion) {
        album {
          id
          title
          version
          kind
          releasedOn
          genres {
            name
          }
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [result, submit, isBusy] = useActionState(async (_: string | null, form: FormData) => {
    const input = {
      title: String(form.get('title')).trim(),
      artistIds: album.artists.map(({ id }) => id),
      genres: splitNames(form.get('genres')),
      releasedOn: String(form.get('releasedOn')).trim() || null,
      kind,
    };
    const payload = (await update({ id: album.id, input, baseVersion: album.version }).catch(() => null))?.updateAlbum;
    if (payload?.album) return '';
    const [error] = payload?.userErrors ?? [];
    return error ? reasonOf(error, t('studio:stale')) : t('common:actionFailed');
  }, null);
  return (
    <form onSubmit={sendForm(submit)} className={styles.form}>
      <TextField
        label={t('studio:title')}
        name="title"
        required
        maxLength={300}
        defaultValue={album.title}
        dir="auto"
      />
      <div className={styles.pair}>
        <Select
          label={t('studio:kind')}
          value={kind}
          options={KINDS.map((value) => ({ value, label: t(`studio:kind.${value}`) }))}
          onChange={(value) => setKind(value as Album['kind'])}
        />
        <TextField
          label={t('studio:releasedOn')}
          hint={t('studio:releasedOnHint')}
          name="releasedOn"
          pattern="\d{4}(-\d{2}(-\d{2})?)?"
          defaultValue={album.releasedOn ?? ''}
          dir="ltr"
        />
      </div>
      <TextField
        label={t('studio:genres')}
        hint={t('studio:genresHint')}
        name="genres"
        defaultValue={album.genres.map(({ name }) => name).join(', ')}
        dir="auto"
      />
      <FormEnd result={result} isBusy={isBusy} />
    </form>
  );
}
