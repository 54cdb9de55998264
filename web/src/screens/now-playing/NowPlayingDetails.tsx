import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Tabs } from '../../components/controls/Tabs';
import type { NowPlayingDetailsQuery } from './__generated__/NowPlayingDetailsQuery.graphql';
import { LyricsView } from './LyricsView';
import styles from './NowPlaying.module.css';
import { UpNext } from './UpNext';

type Tab = 'lyrics' | 'next';

/** Beside the cover: the words, where there are some, and what comes next. */
export function NowPlayingDetails({ trackId }: { trackId: string }) {
  return (
    <div className={styles.details}>
      <Suspense fallback={<UpNext />}>
        <Details trackId={trackId} />
      </Suspense>
    </div>
  );
}

function Details({ trackId }: { trackId: string }) {
  const { t } = useTranslation('player');
  const { track } = useLazyLoadQuery<NowPlayingDetailsQuery>(
    graphql`
      query NowPlayingDetailsQuery($id: ID!) {
        track(id: $id) {
          lyrics {
            synced
          }
          ...LyricsView_track
        }
      }
    `,
    { id: trackId },
    { fetchPolicy: 'store-or-network' },
  );
  // Until somebody chooses: the words, where there are some.
  const [chosen, setChosen] = useState<Tab | null>(null);
  const tab = chosen ?? (track?.lyrics ? 'lyrics' : 'next');
  return (
    <Tabs
      label={t('full.details')}
      tabs={[
        { id: 'lyrics', label: t('full.lyrics') },
        { id: 'next', label: t('full.next') },
      ]}
      selected={tab}
      onSelect={setChosen}
    >
      {tab === 'next' && <UpNext />}
      {tab === 'lyrics' && (track ? <LyricsView track={track} size="full" /> : <p>{t('full.noLyrics')}</p>)}
    </Tabs>
  );
}
