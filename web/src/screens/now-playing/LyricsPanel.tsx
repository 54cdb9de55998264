import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { usePlayerState } from '../../player/usePlayer';
import type { LyricsPanelQuery } from './__generated__/LyricsPanelQuery.graphql';
import { LyricsView } from './LyricsView';

/** The lyrics of what plays, beside any screen. */
export default function LyricsPanel() {
  const { t } = useTranslation();
  const trackId = usePlayerState((state) => state.track?.id ?? null);
  return trackId ? <Words key={trackId} trackId={trackId} /> : <p>{t('nothingPlays')}</p>;
}

function Words({ trackId }: { trackId: string }) {
  const { t } = useTranslation('player');
  const { track } = useLazyLoadQuery<LyricsPanelQuery>(
    graphql`
      query LyricsPanelQuery($id: ID!) {
        track(id: $id) {
          ...LyricsView_track
        }
      }
    `,
    { id: trackId },
    { fetchPolicy: 'store-or-network' },
  );
  return track ? <LyricsView track={track} size="panel" /> : <p>{t('full.noLyrics')}</p>;
}
