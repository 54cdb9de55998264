import { Link } from '@tanstack/react-router';
import { Disc3 } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';
import type { AlbumCard_album$key } from '../../components/cards/__generated__/AlbumCard_album.graphql';
import { AlbumCard } from '../../components/cards/AlbumCard';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { pageOf, usePages } from '../../relay/usePages';
import type { AlbumsSavedQuery } from './__generated__/AlbumsSavedQuery.graphql';
import { byText, useArranged } from './arrange';
import { LibraryFrame, LibraryTools } from './LibraryFrame';

const query = graphql`
  query AlbumsSavedQuery($first: Int!, $offset: Int!) {
    viewer {
      library {
        version
        savedAlbums(first: $first, offset: $offset) {
          totalCount
          pageInfo {
            endCursor
            hasNextPage
          }
          edges {
            cursor
            node {
              id
              title
              releasedOn
              artists {
                name
              }
              ...AlbumCard_album
            }
          }
        }
      }
    }
  }
`;

type Sort = 'added' | 'title' | 'artist' | 'released';

interface Saved {
  readonly key: string;
  readonly album: AlbumCard_album$key | null | undefined;
  readonly title: string;
  readonly artist: string;
  readonly releasedOn: string;
}

function read(data: AlbumsSavedQuery['response']) {
  const library = data.viewer?.library;
  return pageOf(
    library?.savedAlbums,
    library?.version,
    ({ cursor, node }): Saved => ({
      key: node?.id ?? cursor,
      album: node,
      title: node?.title ?? '',
      artist: node?.artists.map(({ name }) => name).join(' ') ?? '',
      releasedOn: node?.releasedOn ?? '',
    }),
  );
}

const NO_VARIABLES = {};
const words = (saved: Saved) => `${saved.title} ${saved.artist}`;

function comparison(sort: Sort): ((a: Saved, b: Saved) => number) | null {
  if (sort === 'added') return null;
  if (sort === 'released') return (a, b) => b.releasedOn.localeCompare(a.releasedOn);
  return byText((saved) => saved[sort]);
}

/** Screen 8: the albums that the viewer saved. */
export default function Albums() {
  const { t } = useTranslation(['library', 'common']);
  const view = usePages<AlbumsSavedQuery, Saved>({ query, variables: NO_VARIABLES, by: 'offset', read });
  useLibraryChanges(view.pages.seen);
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>('added');
  const deferred = useDeferredValue(filter);
  const compare = useMemo(() => comparison(sort), [sort]);
  const shown = useArranged(view, { filter: deferred, compare, words });
  const sorts = (['added', 'title', 'artist', 'released'] as const).map((value) => ({
    value,
    label: t(`library:sort.${value}`),
  }));
  const isEmpty = view.totalCount === 0;
  return (
    <LibraryFrame
      title={t('library:albums')}
      summary={view.totalCount ? t('library:albumCount', { count: view.totalCount }) : null}
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
          icon={Disc3}
          title={t('library:noAlbums.title')}
          action={<Link to="/explore">{t('common:nav.explore')}</Link>}
        >
          {t('library:noAlbums.body')}
        </EmptyState>
      ) : shown.items.length === 0 ? (
        <EmptyState icon={Disc3} title={t('library:noMatch', { filter })} />
      ) : (
        <VirtualGrid
          label={t('library:albums')}
          items={shown.items}
          totalCount={shown.totalCount}
          onNeed={view.pages.need}
          keyOf={(saved) => saved.key}
          render={(saved) => (saved.album ? <AlbumCard album={saved.album} /> : <p>{t('library:gone')}</p>)}
        />
      )}
    </LibraryFrame>
  );
}
