import { Link } from '@tanstack/react-router';
import { Ellipsis, Pause, Play } from 'lucide-react';
import { type MouseEvent, memo, type ReactNode, type RefCallback, useDeferredValue, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { Cover } from '../cards/Cover';
import { IconButton } from '../controls/Button';
import { MenuButton, type MenuSection } from '../controls/Menu';
import type { TrackRow_track$data, TrackRow_track$key } from './__generated__/TrackRow_track.graphql';
import { ArtistNames } from './ArtistNames';
import { namesOf } from './joinNames';
import { LikeButton } from './LikeButton';
import styles from './TrackList.module.css';

/** What a row shows besides title, length and buttons. */
export interface TrackColumns {
  /** `track`: its number on the album; `index`: its place in this list. */
  readonly number?: 'track' | 'index';
  /** The number of the disc before that of the track, on albums of several. */
  readonly disc?: boolean;
  readonly cover?: boolean;
  readonly artists?: boolean;
  readonly album?: boolean;
}

export interface TrackRowProps {
  /** What stands here; another one when `extra` may say something else. */
  readonly item: { readonly track?: TrackRow_track$key | null | undefined };
  readonly track: TrackRow_track$key;
  readonly index: number;
  /** Where it begins, in pixels from the top of the list. */
  readonly top: number;
  readonly columns: TrackColumns;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  /** One more column, per list: when it was added, or by whom. */
  readonly extra?: ((index: number) => ReactNode) | undefined;
  /** For rows that can be dragged. */
  readonly rowRef?: RefCallback<HTMLElement> | undefined;
  readonly onPlay: (index: number) => void;
  readonly onClick: (index: number, event: MouseEvent) => void;
  readonly menu: (track: TrackRow_track$data, index: number) => readonly MenuSection[];
}

const fragment = graphql`
  fragment TrackRow_track on Track {
    id
    title
    durationMs
    explicit
    trackNumber
    discNumber
    playable
    liked
    artists {
      id
      name
      ...ArtistNames_artists
    }
    album {
      id
      title
      coverUrl
    }
  }
`;

/** What stands before a title: its number on the album or its place in the list. */
function numberOf(track: TrackRow_track$data, index: number, columns: TrackColumns): string | number {
  if (columns.number === 'index') return index + 1;
  if (track.trackNumber === null || track.trackNumber === undefined) return '';
  return columns.disc ? `${track.discNumber ?? 1}-${track.trackNumber}` : track.trackNumber;
}

/**
 * One track of a list: named by its title, with a button that plays it. What a row says comes at once, so that a list that is
 * scrolled fast shows where it is; pictures, links and buttons follow, a few at a time, as soon as nothing else is to be done.
 */
export const TrackRow = memo(function TrackRow(props: TrackRowProps) {
  const { index, top, columns, isActive, isSelected } = props;
  const track = useFragment(fragment, props.track);
  const { t } = useTranslation();
  const format = useFormat();
  const titleId = useId();
  const isCurrent = usePlayerState((state) => state.track?.id === track.id);
  const tabIndex = isActive ? 0 : -1;
  const isWhole = useDeferredValue(true, false);
  // Null: the media service did not say. Titles show all the same.
  const isUnplayable = track.playable !== true;
  return (
    <div
      role="row"
      ref={props.rowRef}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      aria-labelledby={titleId}
      aria-current={isCurrent || undefined}
      tabIndex={tabIndex}
      data-index={index}
      data-unplayable={isUnplayable || undefined}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => props.onClick(index, event)}
      onDoubleClick={() => props.onPlay(index)}
    >
      <div role="gridcell" className={styles.lead}>
        {columns.number && <span className={styles.number}>{numberOf(track, index, columns)}</span>}
        {isWhole && columns.cover && (
          <Cover
            url={track.album?.coverUrl as string | null}
            title={track.album?.title ?? track.title}
            sizes="3rem"
            className={styles.cover ?? ''}
          />
        )}
        {isWhole && (
          <PlayToggle
            isCurrent={isCurrent}
            disabled={isUnplayable}
            tabIndex={tabIndex}
            onPlay={() => props.onPlay(index)}
            describedBy={titleId}
          />
        )}
      </div>
      <div role="gridcell" className={styles.main}>
        <span className={styles.title}>
          <bdi id={titleId}>{track.title}</bdi>
          {track.explicit && (
            <abbr className={styles.explicit} title={t('explicit')}>
              {t('explicitShort')}
            </abbr>
          )}
        </span>
        <span className={styles.sub}>
          {isUnplayable
            ? t(track.playable === false ? 'notPlayable' : 'mediaDown')
            : columns.artists !== false &&
              (isWhole ? <ArtistNames artists={track.artists} focusable={isActive} /> : namesOf(track.artists))}
        </span>
      </div>
      {columns.album && (
        <div role="gridcell" className={styles.album}>
          {isWhole && track.album && (
            <Link to="/albums/$albumId" params={{ albumId: track.album.id }} tabIndex={tabIndex} dir="auto">
              {track.album.title}
            </Link>
          )}
        </div>
      )}
      {props.extra !== undefined && (
        <div role="gridcell" className={styles.extra}>
          {isWhole && props.extra(index)}
        </div>
      )}
      <div role="gridcell" className={styles.end}>
        {isWhole && (
          <LikeButton
            trackId={track.id}
            liked={track.liked}
            size="s"
            tabIndex={tabIndex}
            className={styles.like ?? ''}
          />
        )}
        <span className={styles.duration}>{format.clock(track.durationMs)}</span>
        {isWhole && (
          <MenuButton
            size="s"
            tabIndex={tabIndex}
            label={t('moreActions')}
            icon={<Ellipsis size={18} />}
            sections={() => props.menu(track, index)}
          />
        )}
      </div>
    </div>
  );
});

interface PlayToggleProps {
  readonly isCurrent: boolean;
  readonly disabled: boolean;
  readonly tabIndex: number;
  readonly describedBy: string;
  readonly onPlay: () => void;
}

/** Plays the row; of the row that plays already it is the pause button. */
function PlayToggle({ isCurrent, disabled, tabIndex, describedBy, onPlay }: PlayToggleProps) {
  const { t } = useTranslation();
  const player = usePlayer();
  const isPlaying = usePlayerState((state) => state.status === 'PLAYING' || state.status === 'BUFFERING') && isCurrent;
  const icon = isPlaying ? <Pause size={16} fill="currentColor" /> : <Play size={16} fill="currentColor" />;
  const act = () => {
    if (isPlaying) void player?.pause();
    else if (isCurrent) void player?.resume();
    else onPlay();
  };
  return (
    <IconButton
      size="s"
      className={styles.play ?? ''}
      data-playing={isPlaying || undefined}
      label={isPlaying ? t('pause') : t('play')}
      aria-describedby={describedBy}
      tabIndex={tabIndex}
      disabled={disabled}
      icon={icon}
      onClick={act}
    />
  );
}
