import { Pause, Play, Trash2 } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';

import { Cover } from '../../components/cards/Cover';
import { IconButton } from '../../components/controls/Button';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import type { OfflineTrack } from '../../offline/database';
import type { DownloadManager } from '../../offline/downloads';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import type { SavedAlbum } from './groups';
import styles from './Offline.module.css';

interface SavedGroupProps {
  readonly group: SavedAlbum;
  /** All saved tracks in the order of the screen: what is played goes on with the next. */
  readonly order: readonly string[];
  readonly downloads: DownloadManager;
}

/** The saved tracks of an album. */
export function SavedGroup({ group, order, downloads }: SavedGroupProps) {
  const { t } = useTranslation(['offline', 'common']);
  const format = useFormat();
  const titleId = useId();
  const title = group.title ?? t('offline:noAlbum');
  return (
    <section aria-labelledby={titleId} className={styles.group}>
      <header className={styles.groupHead}>
        <Cover url={group.coverUrl} title={title} sizes="3.5rem" className={styles.cover ?? ''} />
        <h3 id={titleId} dir="auto">
          {title}
        </h3>
        <span className={styles.size}>{format.bytes(group.sizeBytes)}</span>
        <IconButton
          label={t('offline:removeNamed', { title })}
          icon={<Trash2 size={18} />}
          onClick={() => void downloads.remove(group.tracks.map(({ trackId }) => trackId))}
        />
      </header>
      <ul className={styles.tracks}>
        {group.tracks.map((track) => (
          <SavedTrack key={track.trackId} track={track} order={order} downloads={downloads} />
        ))}
      </ul>
    </section>
  );
}

function SavedTrack({
  track,
  order,
  downloads,
}: {
  track: OfflineTrack;
  order: readonly string[];
  downloads: DownloadManager;
}) {
  const { t } = useTranslation(['offline', 'common']);
  const format = useFormat();
  const player = usePlayer();
  const isCurrent = usePlayerState((state) => state.track?.id === track.trackId);
  const isSounding = usePlayerState((state) => state.status === 'PLAYING' || state.status === 'BUFFERING') && isCurrent;
  const title = track.meta?.title || t('offline:untitled');
  const act = () => {
    if (isSounding) void player?.pause();
    else if (isCurrent) void player?.resume();
    else void player?.playTracks(order, Math.max(0, order.indexOf(track.trackId)));
  };
  return (
    <li className={styles.track} aria-current={isCurrent || undefined}>
      <IconButton
        size="s"
        label={isSounding ? t('offline:pauseNamed', { title }) : t('common:playNamed', { title })}
        icon={isSounding ? <Pause size={16} fill="currentColor" /> : <Play size={16} fill="currentColor" />}
        onClick={act}
      />
      <span className={styles.names}>
        <span className={styles.title} dir="auto">
          {title}
        </span>
        <small dir="auto">{namesOf(track.meta?.artists ?? [])}</small>
      </span>
      <span className={styles.size}>{format.bytes(track.sizeBytes)}</span>
      <span className={styles.size}>{format.clock(track.durationMs)}</span>
      <IconButton
        size="s"
        label={t('offline:removeNamed', { title })}
        icon={<Trash2 size={16} />}
        onClick={() => void downloads.remove([track.trackId])}
      />
    </li>
  );
}
