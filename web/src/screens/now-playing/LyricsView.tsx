import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { classes } from '../../components/classes';
import { Lyrics } from '../../components/lyrics/Lyrics';
import type { LyricsView_track$key } from './__generated__/LyricsView_track.graphql';
import styles from './Lyrics.module.css';

/** The words of what plays, beside a screen or on all of it. */
export function LyricsView({ track, size }: { track: LyricsView_track$key; size: 'panel' | 'full' }) {
  const { t } = useTranslation('player');
  const data = useFragment(
    graphql`
      fragment LyricsView_track on Track {
        ...Lyrics_track
      }
    `,
    track,
  );
  return (
    <Lyrics
      track={data}
      label={t('full.lyrics')}
      className={classes(styles.lyrics, size === 'full' && styles.full)}
      none={<p className={styles.none}>{t('full.noLyrics')}</p>}
    />
  );
}
