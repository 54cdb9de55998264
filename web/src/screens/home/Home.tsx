import { Link } from '@tanstack/react-router';
import { CloudUpload } from 'lucide-react';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { PlaylistCard } from '../../components/cards/PlaylistCard';
import { TrackCard } from '../../components/cards/TrackCard';
import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { lazyAgain } from '../../components/feedback/lazyAgain';
import { EmptyState, PartialFailure, Skeleton } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { Shelf } from '../../components/layout/Shelf';
import type { HomeQuery } from './__generated__/HomeQuery.graphql';
import { greeting } from './greeting';
import { HomeShelf } from './HomeShelf';
import { useHomeRefresh } from './useHomeRefresh';

const HomeCharts = lazyAgain(() => import('./HomeCharts'));
const Invitations = lazyAgain(() => import('../playlist/Invitations'));

type Data = HomeQuery['response'];

/** Screen 2: where to go on, what is new, what others hear, and what might please. Live; each part fails alone. */
export default function Home() {
  const { t } = useTranslation('home');
  const fetchKey = useHomeRefresh();
  const data = useLazyLoadQuery<HomeQuery>(
    graphql`
      query HomeQuery {
        viewer {
          user {
            displayName
          }
          recommendations(first: 20) @catch {
            reason
            because
            track {
              id
              ...TrackCard_track
            }
          }
          recentlyPlayedPlaylists(first: 20) @catch {
            edges {
              node {
                id
                ...PlaylistCard_playlist
              }
            }
          }
          playlists(first: 20) @catch {
            edges {
              node {
                id
                ...PlaylistCard_playlist
              }
            }
          }
        }
        home(itemsPerShelf: 20) @catch {
          id
          kind
          ...HomeShelf_shelf
        }
        charts(first: 10, window: WEEK) @catch {
          track {
            id
            ...TrackRow_track
          }
        }
        publicPlaylists(first: 20) @catch {
          edges {
            node {
              id
              ...PlaylistCard_playlist
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey },
  );
  const name = data.viewer?.user.displayName;
  const shelves = data.home.ok ? (data.home.value ?? []) : [];
  // Reasons, ranks and columns are what the fields of these two tell and a shelf does not.
  const [first, ...rest] = shelves.filter(({ kind }) => kind !== 'RECOMMENDED' && kind !== 'WEEKLY_CHART');
  return (
    <Page title={name ? t(`greeting.${greeting(new Date())}`, { name }) : t('title')}>
      {data.home.ok && shelves.length === 0 && (
        <EmptyState icon={CloudUpload} title={t('empty.title')} action={<Link to="/uploads">{t('empty.action')}</Link>}>
          {t('empty.body')}
        </EmptyState>
      )}
      <ErrorBoundary fallback={() => null}>
        <Suspense fallback={null}>
          <Invitations />
        </Suspense>
      </ErrorBoundary>
      {!data.home.ok && <PartialFailure what={t('shelves')} />}
      {first && <HomeShelf shelf={first} />}
      <Recommendations viewer={data.viewer} />
      {rest.map((shelf) => (
        <HomeShelf key={shelf.id} shelf={shelf} />
      ))}
      <Charts charts={data.charts} />
      <Playlists data={data} />
    </Page>
  );
}

function Recommendations({ viewer }: { viewer: Data['viewer'] }) {
  const { t } = useTranslation('home');
  if (!viewer) return null;
  if (!viewer.recommendations.ok) return <PartialFailure what={t('forYou')} />;
  const shown = viewer.recommendations.value ?? [];
  if (shown.length === 0) return null;
  return (
    <Shelf title={t('forYou')}>
      {shown.map(({ track, reason, because }) => {
        const why = t(because ? `because.${reason}` : `reason.${reason}`, { because });
        return <TrackCard key={track.id} track={track} detail={<span title={why}>{why}</span>} />;
      })}
    </Shelf>
  );
}

function Charts({ charts }: { charts: Data['charts'] }) {
  const { t } = useTranslation('home');
  if (!charts.ok) return <PartialFailure what={t('charts')} />;
  const tracks = charts.value?.map(({ track }) => track) ?? [];
  if (tracks.length === 0) return null;
  return (
    <Suspense fallback={<Skeleton />}>
      <HomeCharts tracks={tracks} />
    </Suspense>
  );
}

/** The viewer's own playlists, then those that everybody may see. */
function Playlists({ data }: { data: Data }) {
  const { t } = useTranslation('home');
  const { t: common } = useTranslation();
  const own = data.viewer?.playlists;
  if ((own && !own.ok) || !data.publicPlaylists.ok) return <PartialFailure what={common('nav.playlists')} />;
  const recent = data.viewer?.recentlyPlayedPlaylists;
  const played = recent?.ok ? (recent.value?.edges.flatMap(({ node }) => node ?? []) ?? []) : [];
  const mine = own?.value?.edges.flatMap(({ node }) => node ?? []) ?? [];
  const others =
    data.publicPlaylists.value?.edges.flatMap(({ node }) =>
      node && !mine.some(({ id }) => id === node.id) ? [node] : [],
    ) ?? [];
  return (
    <>
      {played.length > 0 && (
        <Shelf title={t('recentPlaylists')}>
          {played.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </Shelf>
      )}
      {mine.length > 0 && (
        <Shelf title={t('yourPlaylists')} action={<Link to="/library/playlists">{common('showAll')}</Link>}>
          {mine.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </Shelf>
      )}
      {others.length > 0 && (
        <Shelf title={t('publicPlaylists')}>
          {others.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </Shelf>
      )}
    </>
  );
}
