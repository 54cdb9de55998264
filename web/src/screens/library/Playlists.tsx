import { Link } from '@tanstack/react-router';
import { FileUp, ListMusic, Plus, Sparkles } from 'lucide-react';
import { Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';
import type { PlaylistCard_playlist$key } from '../../components/cards/__generated__/PlaylistCard_playlist.graphql';
import { PlaylistCard } from '../../components/cards/PlaylistCard';
import { Button } from '../../components/controls/Button';
import { Select } from '../../components/controls/TextField';
import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { lazyAgain } from '../../components/feedback/lazyAgain';
import { EmptyState, ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import { pageOf, usePages } from '../../relay/usePages';
import { NewPlaylistDialog } from '../playlist/NewPlaylistDialog';
import type { PlaylistsOwnQuery } from './__generated__/PlaylistsOwnQuery.graphql';
import { byText, useArranged } from './arrange';
import { LibraryFrame, LibraryTools } from './LibraryFrame';
import styles from './Playlists.module.css';

const ImportPlaylistDialog = lazyAgain(() => import('../playlist/ImportPlaylistDialog'));
const Invitations = lazyAgain(() => import('../playlist/Invitations'));

const query = graphql`
  query PlaylistsOwnQuery($first: Int!, $after: String) {
    viewer {
      playlists(first: $first, after: $after) {
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
            itemCount
            updatedAt
            viewerRole
            rules {
              limit
            }
            owner {
              displayName
            }
            ...PlaylistCard_playlist
          }
        }
      }
    }
  }
`;

type Sort = 'newest' | 'title' | 'updated' | 'longest';
type Kind = 'all' | 'own' | 'shared' | 'smart';

interface Own {
  readonly key: string;
  readonly playlist: PlaylistCard_playlist$key | null | undefined;
  readonly title: string;
  readonly owner: string;
  readonly itemCount: number;
  readonly updatedAt: string;
  readonly isOwn: boolean;
  readonly isSmart: boolean;
}

function read(data: PlaylistsOwnQuery['response']) {
  return pageOf(
    data.viewer?.playlists,
    0,
    ({ cursor, node }): Own => ({
      key: node?.id ?? cursor,
      playlist: node,
      title: node?.title ?? '',
      owner: node?.owner?.displayName ?? '',
      itemCount: node?.itemCount ?? 0,
      updatedAt: node?.updatedAt ?? '',
      isOwn: node?.viewerRole === 'OWNER',
      isSmart: Boolean(node?.rules),
    }),
  );
}

const NO_VARIABLES = {};
const words = (own: Own) => `${own.title} ${own.owner}`;

const KINDS: Readonly<Record<Kind, ((own: Own) => boolean) | null>> = {
  all: null,
  own: ({ isOwn }) => isOwn,
  shared: ({ isOwn }) => !isOwn,
  smart: ({ isSmart }) => isSmart,
};

function comparison(sort: Sort): ((a: Own, b: Own) => number) | null {
  if (sort === 'newest') return null;
  if (sort === 'title') return byText((own) => own.title);
  return sort === 'longest' ? (a, b) => b.itemCount - a.itemCount : (a, b) => b.updatedAt.localeCompare(a.updatedAt);
}

/** Screen 8: the playlists that the viewer owns or works on. */
export default function Playlists() {
  const { t } = useTranslation(['library', 'playlists', 'common']);
  const view = usePages<PlaylistsOwnQuery, Own>({ query, variables: NO_VARIABLES, by: 'after', read });
  useRefreshOnReturn(view.pages.refresh);
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState<Sort>('newest');
  const [kind, setKind] = useState<Kind>('all');
  const [isMaking, setMaking] = useState(false);
  const [isImporting, setImporting] = useState(false);
  const deferred = useDeferredValue(filter);
  const compare = useMemo(() => comparison(sort), [sort]);
  const shown = useArranged(view, { filter: deferred, compare, accepts: KINDS[kind], words });
  const sorts = (['newest', 'updated', 'title', 'longest'] as const).map((value) => ({
    value,
    label: t(`library:sort.${value}`),
  }));
  const kinds = (['all', 'own', 'shared', 'smart'] as const).map((value) => ({
    value,
    label: t(`library:kind.${value}`),
  }));
  const isEmpty = view.totalCount === 0;
  const make = (
    <Button variant="primary" icon={<Plus size={18} />} onClick={() => setMaking(true)}>
      {t('common:newPlaylist')}
    </Button>
  );
  return (
    <LibraryFrame
      title={t('common:nav.playlists')}
      summary={view.totalCount ? t('library:playlistCount', { count: view.totalCount }) : null}
      actions={
        <>
          <Link to="/playlists/new" className={styles.smart}>
            <Sparkles size={18} aria-hidden="true" />
            {t('library:newSmart')}
          </Link>
          <Button icon={<FileUp size={18} />} onClick={() => setImporting(true)}>
            {t('playlists:import')}
          </Button>
          {make}
        </>
      }
      tools={
        !isEmpty && (
          <>
            <LibraryTools filter={filter} onFilter={setFilter} sort={sort} sorts={sorts} onSort={setSort} />
            <Select
              className={styles.kind ?? ''}
              label={t('library:kind')}
              hideLabel
              options={kinds}
              value={kind}
              onChange={(value) => setKind(value as Kind)}
            />
          </>
        )
      }
    >
      <ErrorBoundary fallback={() => null}>
        <Suspense fallback={null}>
          <Invitations onAccepted={() => void view.pages.refresh()} />
        </Suspense>
      </ErrorBoundary>
      {view.totalCount === null ? (
        view.error ? (
          <ErrorState error={view.error} onRetry={() => view.pages.need(0)} />
        ) : (
          <ScreenSkeleton />
        )
      ) : isEmpty ? (
        <EmptyState icon={ListMusic} title={t('library:noPlaylists.title')}>
          {t('library:noPlaylists.body')}
        </EmptyState>
      ) : shown.items.length === 0 ? (
        <EmptyState icon={ListMusic} title={t('library:noMatch', { filter })} />
      ) : (
        <VirtualGrid
          label={t('common:nav.playlists')}
          items={shown.items}
          totalCount={shown.totalCount}
          onNeed={view.pages.need}
          keyOf={(own) => own.key}
          render={(own) => (own.playlist ? <PlaylistCard playlist={own.playlist} /> : <p>{t('library:gone')}</p>)}
        />
      )}
      {isImporting && (
        <Suspense fallback={null}>
          <ImportPlaylistDialog
            onClose={() => {
              setImporting(false);
              void view.pages.refresh();
            }}
          />
        </Suspense>
      )}
      {isMaking && <NewPlaylistDialog onClose={() => setMaking(false)} />}
    </LibraryFrame>
  );
}

/** The API does not tell of playlists that come and go: they are asked for when somebody comes back to this tab. */
function useRefreshOnReturn(refresh: () => Promise<void>): void {
  useEffect(() => {
    const onVisible = () => {
      if (document.visibilityState === 'visible') void refresh();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, [refresh]);
}
