import { useParams } from '@tanstack/react-router';
import { Copy, ListMusic, Pencil, UserX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';
import { copyText } from '../../browser/copyText';
import { faceUrl } from '../../components/cards/faceUrl';
import { PlaylistCard } from '../../components/cards/PlaylistCard';
import { Button } from '../../components/controls/Button';
import { MoreButton } from '../../components/controls/MoreButton';
import { EmptyState } from '../../components/feedback/States';
import { toast } from '../../components/feedback/toasts';
import { Page, PageHeader, Section } from '../../components/layout/Page';
import { CardGrid } from '../../components/layout/Shelf';
import { useFormat } from '../../i18n/useFormat';
import { useSession } from '../../session/SessionProvider';
import type { Person_playlists$key } from './__generated__/Person_playlists.graphql';
import type { PersonPlaylistsQuery } from './__generated__/PersonPlaylistsQuery.graphql';
import type { PersonQuery } from './__generated__/PersonQuery.graphql';
import { EditProfileLink } from './EditProfileLink';
import styles from './Person.module.css';

/** Screen 19: a person as everybody sees them, with their public playlists. */
export default function Person() {
  const { userId } = useParams({ from: '/app/people/$userId' });
  const { t } = useTranslation(['people', 'common']);
  const format = useFormat();
  const session = useSession();
  const { user } = useLazyLoadQuery<PersonQuery>(
    graphql`
      query PersonQuery($id: ID!) {
        user(id: $id) {
          id
          displayName
          handle
          avatarUrl
          picture {
            url
          }
          bio
          createdAt
          ...Person_playlists
        }
      }
    `,
    { id: userId },
    { fetchPolicy: 'store-and-network' },
  );
  if (!user) {
    return (
      <Page title={t('people:nobody.title')} header={<h1 className="visually-hidden">{t('people:nobody.title')}</h1>}>
        <EmptyState icon={UserX} title={t('people:nobody.title')}>
          {t('people:nobody.body')}
        </EmptyState>
      </Page>
    );
  }
  const isViewer = session.status === 'signedIn' && session.userId === user.id;
  const copyLink = async () => {
    if (await copyText(location.href)) toast(t('common:copied'));
  };
  const header = (
    <PageHeader
      kind={t('people:person')}
      title={user.displayName}
      cover={{ url: faceUrl(user), shape: 'round' }}
      meta={[
        <span key="handle" dir="ltr">
          @{user.handle}
        </span>,
        t('people:since', { day: format.day(user.createdAt) }),
      ]}
      actions={
        <>
          {isViewer && <EditProfileLink icon={<Pencil size={18} />} />}
          <Button icon={<Copy size={18} />} onClick={() => void copyLink()}>
            {t('people:copyLink')}
          </Button>
        </>
      }
    >
      {user.bio && (
        <p className={styles.bio} dir="auto">
          {user.bio}
        </p>
      )}
    </PageHeader>
  );
  return (
    <Page title={user.displayName} header={header}>
      <PublicPlaylists user={user} isViewer={isViewer} />
    </Page>
  );
}

function PublicPlaylists({ user, isViewer }: { user: Person_playlists$key; isViewer: boolean }) {
  const { t } = useTranslation('people');
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment<PersonPlaylistsQuery, Person_playlists$key>(
    graphql`
      fragment Person_playlists on User
      @refetchable(queryName: "PersonPlaylistsQuery")
      @argumentDefinitions(first: { type: "Int", defaultValue: 40 }, after: { type: "String" }) {
        publicPlaylists(first: $first, after: $after) @connection(key: "Person_publicPlaylists") {
          edges {
            node {
              id
              ...PlaylistCard_playlist
            }
          }
        }
      }
    `,
    user,
  );
  const playlists = data.publicPlaylists?.edges.flatMap(({ node }) => node ?? []) ?? [];
  return (
    <Section title={t('playlists')}>
      {playlists.length === 0 ? (
        <EmptyState icon={ListMusic} title={t('noPlaylists')}>
          {isViewer ? t('noPlaylistsOwn') : null}
        </EmptyState>
      ) : (
        <CardGrid>
          {playlists.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </CardGrid>
      )}
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(40)} />
    </Section>
  );
}
