import { MicVocal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';
import type { ArtistCard_artist$key } from '../../components/cards/__generated__/ArtistCard_artist.graphql';
import { ArtistCard } from '../../components/cards/ArtistCard';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { pageOf, usePages } from '../../relay/usePages';
import type { ArtistsFollowedQuery } from './__generated__/ArtistsFollowedQuery.graphql';
import { byText } from './arrange';
import { LibraryGrid } from './LibraryGrid';

const query = graphql`
  query ArtistsFollowedQuery($first: Int!, $offset: Int!) {
    viewer {
      library {
        version
        followedArtists(first: $first, offset: $offset) {
          totalCount
          pageInfo {
            endCursor
            hasNextPage
          }
          edges {
            cursor
            node {
              id
              name
              sortName
              ...ArtistCard_artist
            }
          }
        }
      }
    }
  }
`;

const SORTS = ['added', 'name'] as const;
type Sort = (typeof SORTS)[number];

interface Followed {
  readonly key: string;
  readonly artist: ArtistCard_artist$key | null | undefined;
  readonly name: string;
  readonly sortName: string;
}

function read(data: ArtistsFollowedQuery['response']) {
  const library = data.viewer?.library;
  return pageOf(
    library?.followedArtists,
    library?.version,
    ({ cursor, node }): Followed => ({
      key: node?.id ?? cursor,
      artist: node,
      name: node?.name ?? '',
      sortName: node?.sortName ?? '',
    }),
  );
}

const NO_VARIABLES = {};
const words = (followed: Followed) => `${followed.name} ${followed.sortName}`;

function comparison(sort: Sort): ((a: Followed, b: Followed) => number) | null {
  return sort === 'added' ? null : byText((followed) => followed.sortName);
}

/** Screen 8: the artists whom the viewer follows. */
export default function Artists() {
  const { t } = useTranslation(['library', 'common']);
  const view = usePages<ArtistsFollowedQuery, Followed>({ query, variables: NO_VARIABLES, by: 'offset', read });
  useLibraryChanges(view.pages.seen);
  return (
    <LibraryGrid
      title={t('library:artists')}
      icon={MicVocal}
      view={view}
      words={words}
      sorts={SORTS.map((value) => ({ value, label: t(`library:sort.${value}`) }))}
      firstSort={SORTS[0]}
      comparison={comparison}
      summary={(count) => t('library:artistCount', { count })}
      none={{ title: t('library:noArtists.title'), body: t('library:noArtists.body') }}
      card={({ artist }) => artist && <ArtistCard artist={artist} />}
    />
  );
}
