import { useNavigate } from '@tanstack/react-router';
import {
  ArrowDown,
  ArrowUp,
  ArrowUpDown,
  AudioLines,
  Disc3,
  Heart,
  ListEnd,
  ListPlus,
  ListStart,
  Share2,
  Trash2,
  User,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { openAddToPlaylist, openShare } from '../../shell/dialogs';
import type { MenuAction, MenuSection } from '../controls/Menu';
import type { TrackRow_track$data } from './__generated__/TrackRow_track.graphql';
import { useTrackActions } from './useTrackActions';

/** How many tracks one link can lead to. */
const MAX_SHARED = 200;

export interface TrackMenuOptions {
  /** The rows that the menu of a row acts on: its own, or all that are selected. */
  readonly rowsAt: (index: number) => readonly number[];
  readonly idsOf: (indexes: readonly number[]) => readonly string[];
  readonly extend?: ((track: TrackRow_track$data, index: number) => readonly MenuSection[]) | undefined;
  readonly onRemove?: ((indexes: readonly number[]) => void) | undefined;
  readonly onMove?: ((indexes: readonly number[], step: -1 | 1) => void) | undefined;
  readonly onMoveTo?: ((indexes: readonly number[]) => void) | undefined;
}

/** What the menu of a track's row offers. */
export function useTrackMenu({ rowsAt, idsOf, extend, onRemove, onMove, onMoveTo }: TrackMenuOptions) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const actions = useTrackActions();
  return (track: TrackRow_track$data, index: number): readonly MenuSection[] => {
    const rows = rowsAt(index);
    const ids = idsOf(rows);
    const artist = track.artists[0];
    const list: MenuAction[] = [];
    if (onMove) {
      list.push({
        id: 'up',
        label: t('moveUp'),
        icon: <ArrowUp size={18} />,
        shortcut: 'Alt ↑',
        onAction: () => onMove(rows, -1),
      });
      list.push({
        id: 'down',
        label: t('moveDown'),
        icon: <ArrowDown size={18} />,
        shortcut: 'Alt ↓',
        onAction: () => onMove(rows, 1),
      });
    }
    if (onMoveTo)
      list.push({ id: 'move-to', label: t('moveTo'), icon: <ArrowUpDown size={18} />, onAction: () => onMoveTo(rows) });
    if (onRemove) {
      list.push({
        id: 'remove',
        label: t('removeFromList'),
        icon: <Trash2 size={18} />,
        shortcut: 'Del',
        onAction: () => onRemove(rows),
      });
    }
    return [
      {
        id: 'queue',
        actions: [
          {
            id: 'next',
            label: t('playNext'),
            icon: <ListStart size={18} />,
            shortcut: '⇧ ↵',
            onAction: () => void actions.playNext(ids),
          },
          {
            id: 'enqueue',
            label: t('addToQueue'),
            icon: <ListEnd size={18} />,
            shortcut: 'Ctrl ↵',
            onAction: () => void actions.enqueue(ids),
          },
          {
            id: 'playlist',
            label: t('addToPlaylist'),
            icon: <ListPlus size={18} />,
            onAction: () => openAddToPlaylist(ids),
          },
          {
            id: 'like',
            label: track.liked ? t('unlike') : t('like'),
            icon: <Heart size={18} />,
            onAction: () => actions.setLiked(ids, !track.liked),
          },
          {
            id: 'share',
            label: t('share'),
            icon: <Share2 size={18} />,
            disabled: ids.length > MAX_SHARED,
            onAction: () =>
              openShare({
                what: { trackIds: ids },
                title: ids.length === 1 ? track.title : t('trackCount', { count: ids.length }),
              }),
          },
        ],
      },
      {
        id: 'go',
        actions: [
          {
            id: 'track',
            label: t('goToTrack'),
            icon: <AudioLines size={18} />,
            onAction: () => void navigate({ to: '/tracks/$trackId', params: { trackId: track.id } }),
          },
          ...(track.album
            ? [
                {
                  id: 'album',
                  label: t('goToAlbum'),
                  icon: <Disc3 size={18} />,
                  onAction: () => void navigate({ to: '/albums/$albumId', params: { albumId: track.album?.id ?? '' } }),
                },
              ]
            : []),
          ...(artist
            ? [
                {
                  id: 'artist',
                  label: t('goToArtist'),
                  icon: <User size={18} />,
                  onAction: () => void navigate({ to: '/artists/$artistId', params: { artistId: artist.id } }),
                },
              ]
            : []),
        ],
      },
      { id: 'list', actions: list },
      ...(extend?.(track, index) ?? []),
    ];
  };
}
