import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { ArtistCard } from '../../components/cards/ArtistCard';
import { MoreButton } from '../../components/controls/MoreButton';
import { PartialFailure } from '../../components/feedback/States';
import { Page, PageHeader, Section } from '../../components/layout/Page';
import { CardGrid, Shelf } from '../../components/layout/Shelf';
import { PlayActions } from '../../components/tracks/PlayActions';
import { TrackList } from '../../components/tracks/TrackList';
import { toListed } from '../../components/tracks/toListed';
import { useFormat } from '../../i18n/useFormat';
import { NotFound } from '../../shell/NotFound';
import type { Artist_albums$key } from './__generated__/Artist_albums.graphql';
import type { ArtistQuery } from './__generated__/ArtistQuery.graphql';
import styles from './Artist.module.css';
import { FollowButton } from './FollowButton';

/** How many releases are read at once, the newest first: the most that the API gives. */
const PAGE = 100;
const KINDS = ['ALBUM', 'EP', 'SINGLE', 'COMPILATION'] as const;

/** Screen 4: an artist: what is heard most, all releases by kind, who is alike. */
export default function Artist() {
  const { t } = useTranslation('music');
  const format = useFormat();
  const { artistId } = useParams({ from: '/app/artists/$artistId' });
  const { artist } = useLazyLoadQuery<ArtistQuery>(
    graphql`
      query ArtistQuery($id: ID!) {
        artist(id: $id) {
          id
          name
          imageUrl
          bio
          followerCount @catch
          topTracks(first: 10) @catch {
            id
            ...TrackRow_track
          }
          similar(first: 12) @catch {
            id
            ...ArtistCard_artist
          }
          ...Artist_albums
          ...FollowButton_artist
        }
      }
    `,
    { id: artistId },
    { fetchPolicy: 'store-and-network' },
  );
  if (!artist) return <NotFound />;
  const followers = artist.followerCount.ok ? artist.followerCount.value : null;
  return (
    <Page
      title={artist.name}
      header={
        <PageHeader
          title={artist.name}
          cover={{ url: artist.imageUrl as string | null, shape: 'round' }}
          meta={[followers ? t('followers', { count: followers, shown: format.count(followers, true) }) : null]}
          actions={
            <>
              <PlayActions context={{ kind: 'ARTIST', id: artist.id }} />
              <FollowButton artist={artist} />
            </>
          }
        />
      }
    >
      {artist.topTracks.ok ? (
        artist.topTracks.value.length > 0 && (
          <Section title={t('topTracks')}>
            <TrackList
              label={t('topTracks')}
              items={toListed(artist.topTracks.value.map((node) => ({ node })))}
              columns={{ number: 'index', cover: true, artists: false, album: true }}
              source={{ kind: 'ARTIST', id: artist.id }}
            />
          </Section>
        )
      ) : (
        <PartialFailure what={t('topTracks')} />
      )}
      <Releases artist={artist} />
      {artist.bio && (
        <Section title={t('about')}>
          <p className={styles.bio} dir="auto">
            {artist.bio}
          </p>
        </Section>
      )}
      {artist.similar.ok ? (
        artist.similar.value.length > 0 && (
          <Shelf title={t('similarArtists')}>
            {artist.similar.value.map((similar) => (
              <ArtistCard key={similar.id} artist={similar} />
            ))}
          </Shelf>
        )
      ) : (
        <PartialFailure what={t('similarArtists')} />
      )}
    </Page>
  );
}

/** All releases, the kinds apart; of more than a hundred the others when somebody asks. */
function Releases({ artist }: { artist: Artist_albums$key }) {
  const { t } = useTranslation('music');
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment(
    graphql`
      fragment Artist_albums on Artist
      @refetchable(queryName: "ArtistAlbumsQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        albums(first: $count, after: $after) @connection(key: "Artist_albums") {
          edges {
            node {
              id
              kind
              ...AlbumCard_album
            }
          }
        }
      }
    `,
    artist,
  );
  const albums = data.albums.edges.flatMap(({ node }) => node ?? []);
  return (
    <>
      {KINDS.map((kind) => {
        const some = albums.filter((album) => album.kind === kind);
        if (some.length === 0) return null;
        return (
          <Section key={kind} title={t(`albumKinds.${kind}`)}>
            <CardGrid>
              {some.map((album) => (
                <AlbumCard key={album.id} album={album} detail="year" />
              ))}
            </CardGrid>
          </Section>
        );
      })}
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </>
  );
}
