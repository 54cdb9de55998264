import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { ArtistCard } from '../../components/cards/ArtistCard';
import { PlaylistCard } from '../../components/cards/PlaylistCard';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import { TrackList } from '../../components/tracks/TrackList';
import { useLoadOnNeed } from '../../relay/useLoadOnNeed';
import type { ResultsOfType_query$data, ResultsOfType_query$key } from './__generated__/ResultsOfType_query.graphql';
import type { ResultsOfTypeQuery } from './__generated__/ResultsOfTypeQuery.graphql';
import { NothingFound } from './Search';
import styles from './Search.module.css';

export type SearchType = 'TRACK' | 'ALBUM' | 'ARTIST' | 'PLAYLIST';

type Node = NonNullable<NonNullable<ResultsOfType_query$data['search']>['edges'][number]['node']>;

/** Everything of one kind, as far as somebody scrolls. */
export function ResultsOfType({ query, type }: { query: string; type: SearchType }) {
  const data = useLazyLoadQuery<ResultsOfTypeQuery>(
    graphql`
      query ResultsOfTypeQuery($query: String!, $types: [SearchType!]!) {
        ...ResultsOfType_query @arguments(query: $query, types: $types)
      }
    `,
    { query, types: [type] },
    { fetchPolicy: 'store-and-network' },
  );
  return (
    <div className={styles.results}>
      <Results results={data} query={query} type={type} />
    </div>
  );
}

function Results({ results, query, type }: { results: ResultsOfType_query$key; query: string; type: SearchType }) {
  const { t } = useTranslation('search');
  const { data, ...paged } = usePaginationFragment(
    graphql`
      fragment ResultsOfType_query on Query
      @refetchable(queryName: "ResultsOfTypePageQuery")
      @argumentDefinitions(
        count: { type: "Int", defaultValue: 50 }
        after: { type: "String" }
        query: { type: "String!" }
        types: { type: "[SearchType!]!" }
      ) {
        search(query: $query, types: $types, first: $count, after: $after)
          @connection(key: "ResultsOfType_search", filters: ["query", "types"]) {
          edges {
            node {
              __typename
              ... on Track {
                id
                ...TrackRow_track @alias(as: "track")
              }
              ... on Album {
                id
                ...AlbumCard_album @alias(as: "album")
              }
              ... on Artist {
                id
                ...ArtistCard_artist @alias(as: "artist")
              }
              ... on Playlist {
                id
                ...PlaylistCard_playlist @alias(as: "playlist")
              }
            }
          }
        }
      }
    `,
    results,
  );
  const onNeed = useLoadOnNeed(paged);
  const nodes = data.search?.edges.flatMap(({ node }) => node ?? []) ?? [];
  if (nodes.length === 0) return <NothingFound query={query} />;
  // The total is an estimate: one more row than there is asks for the next page.
  const totalCount = nodes.length + (paged.hasNext ? 1 : 0);
  const label = t(`tab.${type}`);
  if (type === 'TRACK') {
    const tracks = nodes.flatMap((node) =>
      node.__typename === 'Track' ? [{ key: node.id, id: node.id, track: node.track }] : [],
    );
    return (
      <TrackList
        label={label}
        items={tracks}
        totalCount={totalCount}
        columns={{ cover: true, album: true }}
        source={{ kind: 'SEARCH', id: null }}
        onNeed={onNeed}
      />
    );
  }
  return (
    <VirtualGrid
      label={label}
      items={nodes}
      totalCount={totalCount}
      onNeed={onNeed}
      keyOf={(node) => (node.__typename === '%other' ? '' : node.id)}
      render={(node) => <ResultCard node={node} />}
    />
  );
}

function ResultCard({ node }: { node: Node }) {
  if (node.__typename === 'Album' && node.album) return <AlbumCard album={node.album} />;
  if (node.__typename === 'Artist' && node.artist) return <ArtistCard artist={node.artist} />;
  return node.__typename === 'Playlist' && node.playlist ? <PlaylistCard playlist={node.playlist} /> : null;
}
