import { useNavigate } from '@tanstack/react-router';
import {
  ArrowDown,
  ArrowUp,
  ArrowUpToLine,
  AudioLines,
  Disc3,
  Ellipsis,
  GripVertical,
  ListPlus,
  Pause,
  Play,
  Trash2,
  User,
  X,
} from 'lucide-react';
import { type MouseEvent, type RefCallback, useId } from 'react';
import { useTranslation } from 'react-i18next';

import { Cover } from '../../components/cards/Cover';
import { IconButton } from '../../components/controls/Button';
import { MenuButton, type MenuSection } from '../../components/controls/Menu';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import type { QueueEntry } from '../../player/types';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { openAddToPlaylist } from '../../shell/dialogs';
import styles from './Queue.module.css';
import type { QueueEdits } from './useQueueEdits';

export interface QueueRowProps {
  readonly entry: QueueEntry;
  /** Among the entries that are shown. */
  readonly index: number;
  /** In the whole queue. */
  readonly position: number;
  readonly currentIndex: number | null;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly rowRef: RefCallback<HTMLElement> | undefined;
  readonly onPlay: () => void;
  readonly onClick: (event: MouseEvent) => void;
  readonly edits: QueueEdits;
  /** The rows that its menu is about: itself, or all that are selected. */
  readonly rows: () => readonly number[];
  readonly ids: () => readonly string[];
}

/** An entry of the queue, named by its track's title. */
export function QueueRow(props: QueueRowProps) {
  const { entry, index, position, currentIndex, isActive } = props;
  const { t } = useTranslation(['player', 'common']);
  const format = useFormat();
  const player = usePlayer();
  const titleId = useId();
  const menu = useRowMenu(props);
  const isCurrent = position === currentIndex;
  const isSounding = usePlayerState(
    (state) => isCurrent && (state.status === 'PLAYING' || state.status === 'BUFFERING'),
  );
  const { track } = entry;
  const tabIndex = isActive ? 0 : -1;
  const act = () => {
    if (isSounding) void player?.pause();
    else if (isCurrent) void player?.resume();
    else props.onPlay();
  };
  return (
    <div
      role="row"
      ref={props.rowRef}
      aria-rowindex={position + 1}
      aria-selected={props.isSelected}
      aria-labelledby={titleId}
      aria-current={isCurrent || undefined}
      tabIndex={tabIndex}
      data-index={index}
      data-past={(currentIndex !== null && position < currentIndex) || undefined}
      className={styles.row}
      onClick={props.onClick}
      onDoubleClick={props.onPlay}
    >
      <div role="gridcell" className={styles.lead}>
        <Cover
          url={track?.album?.coverUrl}
          title={track?.album?.title ?? track?.title ?? ''}
          sizes="2.75rem"
          className={styles.cover ?? ''}
        />
        <IconButton
          size="s"
          className={styles.play ?? ''}
          label={isSounding ? t('common:pause') : t('common:play')}
          aria-describedby={titleId}
          tabIndex={tabIndex}
          disabled={track?.playable === false}
          icon={isSounding ? <Pause size={16} fill="currentColor" /> : <Play size={16} fill="currentColor" />}
          onClick={act}
        />
      </div>
      <div role="gridcell" className={styles.main}>
        <span id={titleId} className={styles.title} dir="auto">
          {track?.title ?? t('common:trackGone')}
        </span>
        <span className={styles.sub} dir="auto">
          {track && namesOf(track.artists)}
        </span>
      </div>
      <div role="gridcell" className={styles.end}>
        <span className={styles.duration}>{track ? format.clock(track.durationMs) : ''}</span>
        <IconButton
          size="s"
          className={styles.remove ?? ''}
          tabIndex={tabIndex}
          label={t('common:removeFromList')}
          aria-describedby={titleId}
          icon={<X size={16} />}
          onClick={() => props.edits.remove([index])}
        />
        <MenuButton
          size="s"
          tabIndex={tabIndex}
          label={t('common:moreActions')}
          aria-describedby={titleId}
          icon={<Ellipsis size={18} />}
          sections={menu}
        />
        <GripVertical size={16} className={styles.grip} aria-hidden="true" />
      </div>
    </div>
  );
}

function useRowMenu({
  entry,
  index,
  position,
  currentIndex,
  edits,
  rows,
  ids,
}: QueueRowProps): () => readonly MenuSection[] {
  const { t } = useTranslation(['player', 'common']);
  const navigate = useNavigate();
  const { track } = entry;
  const artist = track?.artists[0];
  const album = track?.album;
  const behindCurrent = (currentIndex ?? 0) + 1 - (position - index);
  return () => [
    {
      id: 'order',
      actions: [
        {
          id: 'next',
          label: t('player:queue.toNext'),
          icon: <ArrowUpToLine size={18} />,
          disabled: currentIndex === null,
          onAction: () => edits.move(rows(), behindCurrent),
        },
        {
          id: 'up',
          label: t('common:moveUp'),
          icon: <ArrowUp size={18} />,
          shortcut: 'Alt ↑',
          onAction: () => edits.step(rows(), -1),
        },
        {
          id: 'down',
          label: t('common:moveDown'),
          icon: <ArrowDown size={18} />,
          shortcut: 'Alt ↓',
          onAction: () => edits.step(rows(), 1),
        },
        {
          id: 'remove',
          label: t('common:removeFromList'),
          icon: <Trash2 size={18} />,
          shortcut: 'Del',
          onAction: () => edits.remove(rows()),
        },
      ],
    },
    {
      id: 'more',
      actions: [
        {
          id: 'playlist',
          label: t('common:addToPlaylist'),
          icon: <ListPlus size={18} />,
          onAction: () => openAddToPlaylist(ids()),
        },
        ...(track
          ? [
              {
                id: 'track',
                label: t('common:goToTrack'),
                icon: <AudioLines size={18} />,
                onAction: () => void navigate({ to: '/tracks/$trackId', params: { trackId: track.id } }),
              },
            ]
          : []),
        ...(album
          ? [
              {
                id: 'album',
                label: t('common:goToAlbum'),
                icon: <Disc3 size={18} />,
                onAction: () => void navigate({ to: '/albums/$albumId', params: { albumId: album.id } }),
              },
            ]
          : []),
        ...(artist
          ? [
              {
                id: 'artist',
                label: t('common:goToArtist'),
                icon: <User size={18} />,
                onAction: () => void navigate({ to: '/artists/$artistId', params: { artistId: artist.id } }),
              },
            ]
          : []),
      ],
    },
  ];
}
