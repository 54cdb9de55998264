import { Link } from '@tanstack/react-router';
import { MicVocal } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';
import type { ArtistCard_artist$key } from '../../components/cards/__generated__/ArtistCard_artist.graphql';
import { ArtistCard } from '../../components/cards/ArtistCard';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { pageOf, usePages } from '../../relay/usePages';
import type { ArtistsFollowedQuery } from './__generated__/ArtistsFollowedQuery.graphql';
import { byText, useArranged } from './arrange';
import { LibraryFrame, LibraryTools } from './LibraryFrame';

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

type Sort = 'added' | 'name';

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
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>('added');
  const deferred = useDeferredValue(filter);
  const compare = useMemo(() => comparison(sort), [sort]);
  const shown = useArranged(view, { filter: deferred, compare, words });
  const sorts = (['added', 'name'] as const).map((value) => ({ value, label: t(`library:sort.${value}`) }));
  const isEmpty = view.totalCount === 0;
  return (
    <LibraryFrame
      title={t('library:artists')}
      summary={view.totalCount ? t('library:artistCount', { count: view.totalCount }) : null}
      tools={
        !isEmpty && <LibraryTools filter={filter} onFilter={setFilter} sort={sort} sorts={sorts} onSort={setSort} />
      }
    >
      {view.totalCount === null ? (
        view.error ? (
          <ErrorState error={view.error} onRetry={() => view.pages.need(0)} />
        ) : (
          <ScreenSkeleton />
        )
      ) : isEmpty ? (
        <EmptyState
          icon={MicVocal}
          title={t('library:noArtists.title')}
          action={<Link to="/explore">{t('common:nav.explore')}</Link>}
        >
          {t('library:noArtists.body')}
        </EmptyState>
      ) : shown.items.length === 0 ? (
        <EmptyState icon={MicVocal} title={t('library:noMatch', { filter })} />
      ) : (
        <VirtualGrid
          label={t('library:artists')}
          items={shown.items}
          totalCount={shown.totalCount}
          onNeed={view.pages.need}
          keyOf={(followed) => followed.key}
          render={(followed) =>
            followed.artist ? <ArtistCard artist={followed.artist} /> : <p>{t('library:gone')}</p>
          }
        />
      )}
    </LibraryFrame>
  );
}
