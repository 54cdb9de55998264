import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Section } from '../../components/layout/Page';
import { Lyrics } from '../../components/lyrics/Lyrics';
import type { TrackLyrics_track$key } from './__generated__/TrackLyrics_track.graphql';
import styles from './Track.module.css';

/** The words of a track as a part of its page; nothing when it has none. */
export function TrackLyrics({ track }: { track: TrackLyrics_track$key }) {
  const { t } = useTranslation('music');
  const data = useFragment(
    graphql`
      fragment TrackLyrics_track on Track {
        lyrics {
          lines {
            text
          }
        }
        ...Lyrics_track
      }
    `,
    track,
  );
  if (!data.lyrics?.lines.length) return null;
  return (
    <Section title={t('track.lyrics')}>
      <Lyrics track={data} label={t('track.lyrics')} className={styles.lyrics} none={null} />
    </Section>
  );
}
