import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { Page, Section } from '../../components/layout/Page';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import { TrackList } from '../../components/tracks/TrackList';
import { toListed } from '../../components/tracks/toListed';
import { useLoadOnNeed } from '../../relay/useLoadOnNeed';
import { NotFound } from '../../shell/NotFound';
import type { Genre_albums$key } from './__generated__/Genre_albums.graphql';
import type { Genre_tracks$key } from './__generated__/Genre_tracks.graphql';
import type { GenreQuery } from './__generated__/GenreQuery.graphql';

/** Screen 7: what is filed under a genre. */
export default function Genre() {
  const { t } = useTranslation('music');
  const { slug } = useParams({ from: '/app/genres/$slug' });
  const data = useLazyLoadQuery<GenreQuery>(
    graphql`
      query GenreQuery($slug: String!) {
        genre(slug: $slug) {
          name
        }
        ...Genre_albums @arguments(genre: $slug)
        ...Genre_tracks @arguments(genre: $slug)
      }
    `,
    { slug },
    { fetchPolicy: 'store-and-network' },
  );
  if (!data.genre) return <NotFound />;
  return (
    <Page title={data.genre.name}>
      <Section title={t('albums')}>
        <Albums query={data} label={t('albums')} />
      </Section>
      <Section title={t('tracks')}>
        <Tracks query={data} label={t('tracks')} />
      </Section>
    </Page>
  );
}

function Albums({ query, label }: { query: Genre_albums$key; label: string }) {
  const { data, ...paged } = usePaginationFragment(
    graphql`
      fragment Genre_albums on Query
      @refetchable(queryName: "GenreAlbumsQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 24 }, after: { type: "String" }, genre: { type: "String" }) {
        albums(first: $count, after: $after, genre: $genre, sort: POPULAR) @connection(key: "Genre_albums", filters: ["genre"]) {
          totalCount
          edges {
            node {
              id
              ...AlbumCard_album
            }
          }
        }
      }
    `,
    query,
  );
  const onNeed = useLoadOnNeed(paged);
  return (
    <VirtualGrid
      label={label}
      items={data.albums?.edges.map(({ node }) => node) ?? []}
      totalCount={data.albums?.totalCount ?? 0}
      onNeed={onNeed}
      keyOf={(album) => album.id}
      render={(album) => <AlbumCard album={album} />}
    />
  );
}

function Tracks({ query, label }: { query: Genre_tracks$key; label: string }) {
  const { data, ...paged } = usePaginationFragment(
    graphql`
      fragment Genre_tracks on Query
      @refetchable(queryName: "GenreTracksQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, after: { type: "String" }, genre: { type: "String" }) {
        tracks(first: $count, after: $after, genre: $genre) @connection(key: "Genre_tracks", filters: ["genre"]) {
          totalCount
          edges {
            node {
              id
              ...TrackRow_track
            }
          }
        }
      }
    `,
    query,
  );
  return (
    <TrackList
      label={label}
      items={toListed(data.tracks?.edges ?? [])}
      totalCount={data.tracks?.totalCount ?? 0}
      columns={{ cover: true, album: true }}
      onNeed={useLoadOnNeed(paged)}
    />
  );
}
