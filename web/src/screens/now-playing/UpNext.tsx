import { useTranslation } from 'react-i18next';

import { Cover } from '../../components/cards/Cover';
import { Button } from '../../components/controls/Button';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { togglePanel } from '../../shell/dialogs';
import styles from './NowPlaying.module.css';

const SHOWN = 12;

/** What follows in the queue; one that is pressed is played. */
export function UpNext() {
  const { t } = useTranslation(['player', 'common']);
  const format = useFormat();
  const player = usePlayer();
  const queue = usePlayerState((state) => state.queue);
  const first = (queue.currentIndex ?? -1) - queue.offset + 1;
  const following = queue.entries.slice(Math.max(0, first), first + SHOWN);
  if (following.length === 0) return <p className={styles.noneNext}>{t('player:full.nothingNext')}</p>;
  return (
    <div className={styles.next}>
      <ol aria-label={t('player:full.next')}>
        {following.map(({ itemId, track }) => (
          <li key={itemId}>
            <button
              type="button"
              disabled={!track || track.playable === false}
              onClick={() => void player?.playItem(itemId)}
              aria-label={track ? t('common:playNamed', { title: track.title }) : t('common:trackGone')}
            >
              <Cover
                url={track?.album?.coverUrl}
                title={track?.album?.title ?? track?.title ?? ''}
                sizes="3rem"
                className={styles.nextCover ?? ''}
              />
              <span className={styles.nextWords}>
                <span dir="auto">{track?.title ?? t('common:trackGone')}</span>
                <small dir="auto">{track && namesOf(track.artists)}</small>
              </span>
              <span className={styles.nextTime}>{track ? format.clock(track.durationMs) : ''}</span>
            </button>
          </li>
        ))}
      </ol>
      <Button variant="quiet" size="s" onClick={() => togglePanel('queue')}>
        {t('player:full.wholeQueue', { count: queue.totalCount })}
      </Button>
    </div>
  );
}
