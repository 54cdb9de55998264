import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { Cover } from '../../components/cards/Cover';
import { namesOf } from '../../components/tracks/joinNames';
import { usePlayerState } from '../../player/usePlayer';
import styles from './Party.module.css';

/** What everybody hears now. */
export function PartyPlays() {
  const { t } = useTranslation(['party', 'common']);
  const track = usePlayerState((state) => state.track);
  if (!track) return <p className={styles.note}>{t('party:inside.silent')}</p>;
  return (
    <div className={styles.plays}>
      <Cover
        url={track.album?.coverUrl}
        title={track.album?.title ?? track.title}
        sizes="8rem"
        className={styles.cover ?? ''}
      />
      <div className={styles.words}>
        <p className={styles.together}>{t('party:inside.together')}</p>
        <Link to="/tracks/$trackId" params={{ trackId: track.id }} className={styles.track} dir="auto">
          {track.title}
        </Link>
        <p dir="auto">{namesOf(track.artists)}</p>
      </div>
    </div>
  );
}
