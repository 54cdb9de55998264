import { ChartNoAxesColumn } from 'lucide-react';
import { Suspense, useState, useTransition } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Tabs } from '../../components/controls/Tabs';
import { EmptyState, Skeleton } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { PlayActions } from '../../components/tracks/PlayActions';
import { TrackList } from '../../components/tracks/TrackList';
import { toListed } from '../../components/tracks/toListed';
import { useFormat } from '../../i18n/useFormat';
import type { ChartsQuery, ChartWindow } from './__generated__/ChartsQuery.graphql';
import styles from './Explore.module.css';

const WINDOWS = ['DAY', 'WEEK', 'MONTH', 'ALL_TIME'] as const satisfies readonly ChartWindow[];

/** Screen 7: what is heard most, in a time of choice. */
export default function Charts() {
  const { t } = useTranslation('music');
  const [chosen, setChosen] = useState<ChartWindow>('WEEK');
  const [, startTransition] = useTransition();
  return (
    <Page title={t('charts')}>
      <Tabs
        label={t('window')}
        tabs={WINDOWS.map((id) => ({ id, label: t(`window.${id}`) }))}
        selected={chosen}
        onSelect={(next) => startTransition(() => setChosen(next))}
      >
        <Suspense fallback={<Skeleton />}>
          <Chart window={chosen} />
        </Suspense>
      </Tabs>
    </Page>
  );
}

function Chart({ window }: { window: ChartWindow }) {
  const { t } = useTranslation('music');
  const format = useFormat();
  const { charts } = useLazyLoadQuery<ChartsQuery>(
    graphql`
      query ChartsQuery($window: ChartWindow!) {
        charts(first: 100, window: $window) {
          rank
          previousRank
          playCount
          track {
            id
            ...TrackRow_track
          }
        }
      }
    `,
    { window },
    { fetchPolicy: 'store-and-network' },
  );
  const entries = charts ?? [];
  if (entries.length === 0) return <EmptyState icon={ChartNoAxesColumn} title={t('chartsEmpty')} />;
  const change = (index: number) => {
    const entry = entries[index];
    if (!entry) return null;
    const plays = t('plays', { count: entry.playCount, shown: format.count(entry.playCount, true) });
    return (
      <span className={styles.rank}>
        {plays} · <Change rank={entry.rank} previous={entry.previousRank ?? null} />
      </span>
    );
  };
  return (
    <>
      <PlayActions context={{ kind: 'TRACKS', trackIds: entries.map(({ track }) => track.id) }} />
      <TrackList
        label={t('charts')}
        items={toListed(entries.map(({ track }) => ({ node: track })))}
        columns={{ number: 'index', cover: true, album: true }}
        extra={change}
      />
    </>
  );
}

/** How the place has changed since the time before. */
function Change({ rank, previous }: { rank: number; previous: number | null }) {
  const { t } = useTranslation('music');
  const format = useFormat();
  if (previous === null) return <>{t('rankNew')}</>;
  if (previous === rank) return <span aria-hidden="true">=</span>;
  const places = Math.abs(previous - rank);
  const isUp = previous > rank;
  return (
    <>
      <span aria-hidden="true">
        {isUp ? '▲' : '▼'} {format.count(places)}
      </span>
      <span className="visually-hidden">{t(isUp ? 'rankUp' : 'rankDown', { count: places })}</span>
    </>
  );
}
