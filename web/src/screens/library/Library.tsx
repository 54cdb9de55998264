import { Link } from '@tanstack/react-router';
import { Heart } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { PlayActions } from '../../components/tracks/PlayActions';
import { type ListedTrack, TrackList } from '../../components/tracks/TrackList';
import { useFormat } from '../../i18n/useFormat';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { pageOf, usePages } from '../../relay/usePages';
import type { LibraryLikedQuery } from './__generated__/LibraryLikedQuery.graphql';
import { byText, useArranged } from './arrange';
import { LibraryFrame, LibraryTools } from './LibraryFrame';

const query = graphql`
  query LibraryLikedQuery($first: Int!, $offset: Int!) {
    viewer {
      library {
        version
        likedTracks(first: $first, offset: $offset) {
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
              durationMs
              likedAt
              artists {
                name
              }
              album {
                title
              }
              ...TrackRow_track
            }
          }
        }
      }
    }
  }
`;

type Sort = 'added' | 'title' | 'artist' | 'album' | 'longest';

interface Liked extends ListedTrack {
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly durationMs: number;
  readonly likedAt: string | null;
}

function read(data: LibraryLikedQuery['response']) {
  const library = data.viewer?.library;
  return pageOf(
    library?.likedTracks,
    library?.version,
    ({ cursor, node }): Liked => ({
      key: node?.id ?? cursor,
      id: node?.id ?? null,
      track: node,
      title: node?.title ?? '',
      artist: node?.artists.map(({ name }) => name).join(' ') ?? '',
      album: node?.album?.title ?? '',
      durationMs: node?.durationMs ?? 0,
      likedAt: node?.likedAt ?? null,
    }),
  );
}

const NO_VARIABLES = {};
const words = (liked: Liked) => `${liked.title} ${liked.artist} ${liked.album}`;

function comparison(sort: Sort): ((a: Liked, b: Liked) => number) | null {
  if (sort === 'added') return null;
  if (sort === 'longest') return (a, b) => b.durationMs - a.durationMs;
  return byText((liked) => liked[sort]);
}

/** Screen 8: the tracks that the viewer likes, as they change on any device. */
export default function Library() {
  const { t } = useTranslation(['library', 'common']);
  const format = useFormat();
  const view = usePages<LibraryLikedQuery, Liked>({ query, variables: NO_VARIABLES, by: 'offset', read });
  useLibraryChanges(view.pages.seen);
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>('added');
  const deferred = useDeferredValue(filter);
  const compare = useMemo(() => comparison(sort), [sort]);
  const shown = useArranged(view, { filter: deferred, compare, words });
  const sorts = (['added', 'title', 'artist', 'album', 'longest'] as const).map((value) => ({
    value,
    label: t(`library:sort.${value}`),
  }));
  const isEmpty = view.totalCount === 0;
  return (
    <LibraryFrame
      title={t('library:liked')}
      summary={view.totalCount ? t('common:trackCount', { count: view.totalCount }) : null}
      actions={!isEmpty && <PlayActions context={{ kind: 'LIKED' }} disabled={!view.totalCount} />}
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
          icon={Heart}
          title={t('library:noLiked.title')}
          action={<Link to="/explore">{t('common:nav.explore')}</Link>}
        >
          {t('library:noLiked.body')}
        </EmptyState>
      ) : shown.items.length === 0 ? (
        <EmptyState icon={Heart} title={t('library:noMatch', { filter })} />
      ) : (
        <TrackList
          label={t('library:liked')}
          items={shown.items}
          totalCount={shown.totalCount}
          columns={{ cover: true, album: true }}
          extra={(index) => {
            const likedAt = shown.items[index]?.likedAt;
            return likedAt ? (
              <time dateTime={likedAt} title={format.dateTime(likedAt)}>
                {format.relative(likedAt)}
              </time>
            ) : null;
          }}
          onNeed={view.pages.need}
          // Places in a list that is arranged here mean nothing to the server.
          {...(shown.isWhole ? { context: { kind: 'LIKED' }, onSee: view.pages.see } : {})}
        />
      )}
    </LibraryFrame>
  );
}
