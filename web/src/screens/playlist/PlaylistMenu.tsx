import { useNavigate } from '@tanstack/react-router';
import {
  Copy,
  Ellipsis,
  FileDown,
  ImageUp,
  ListEnd,
  ListPlus,
  ListStart,
  LogOut,
  Pencil,
  Share2,
  SlidersHorizontal,
  Trash2,
  Users,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { type MenuAction, MenuButton } from '../../components/controls/Menu';
import { useTrackActions } from '../../components/tracks/useTrackActions';
import { openAddToPlaylist } from '../../shell/dialogs';
import { FORMATS } from './files';
import { useCopyPlaylist } from './useCopyPlaylist';
import { useExportPlaylist } from './useExportPlaylist';
import type { PlaylistItems } from './usePlaylistItems';

/** The dialogs of a playlist's page. */
export type PlaylistDialog = 'edit' | 'picture' | 'share' | 'people' | 'delete' | 'leave';

export interface PlaylistMenuProps {
  readonly playlistId: string;
  readonly role: string | null;
  readonly isSmart: boolean;
  readonly list: PlaylistItems;
  readonly onOpen: (dialog: PlaylistDialog) => void;
}

/** Everything that can be done with a playlist as a whole. */
export function PlaylistMenu({ playlistId, role, isSmart, list, onOpen }: PlaylistMenuProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const navigate = useNavigate();
  const actions = useTrackActions();
  const copy = useCopyPlaylist();
  const save = useExportPlaylist();
  const all = async () => {
    await list.pages.ensureAll();
    return list.pages.items.flatMap((item) => item?.id ?? []);
  };
  const isOwner = role === 'OWNER';
  const change: MenuAction[] = [];
  if (isOwner || role === 'EDITOR') {
    change.push({
      id: 'picture',
      label: t('playlists:picture.change'),
      icon: <ImageUp size={18} />,
      onAction: () => onOpen('picture'),
    });
  }
  if (isOwner) {
    change.push({
      id: 'edit',
      label: t('playlists:editDetails'),
      icon: <Pencil size={18} />,
      onAction: () => onOpen('edit'),
    });
    if (isSmart) {
      const edit = () => void navigate({ to: '/playlists/$playlistId/rules', params: { playlistId } });
      change.push({
        id: 'rules',
        label: t('playlists:editRules'),
        icon: <SlidersHorizontal size={18} />,
        onAction: edit,
      });
    } else {
      change.push({
        id: 'people',
        label: t('playlists:collaborators'),
        icon: <Users size={18} />,
        onAction: () => onOpen('people'),
      });
    }
    change.push({
      id: 'share',
      label: t('playlists:shareLink'),
      icon: <Share2 size={18} />,
      onAction: () => onOpen('share'),
    });
    change.push({
      id: 'delete',
      label: t('playlists:delete'),
      icon: <Trash2 size={18} />,
      danger: true,
      onAction: () => onOpen('delete'),
    });
  } else if (role) {
    change.push({
      id: 'leave',
      label: t('playlists:leave'),
      icon: <LogOut size={18} />,
      danger: true,
      onAction: () => onOpen('leave'),
    });
  }
  return (
    <MenuButton
      size="l"
      label={t('common:moreActions')}
      icon={<Ellipsis size={22} />}
      sections={() => [
        {
          id: 'all',
          actions: [
            {
              id: 'next',
              label: t('common:playNext'),
              icon: <ListStart size={18} />,
              onAction: () => void all().then(actions.playNext),
            },
            {
              id: 'queue',
              label: t('common:addToQueue'),
              icon: <ListEnd size={18} />,
              onAction: () => void all().then(actions.enqueue),
            },
            {
              id: 'add',
              label: t('playlists:copyTo'),
              icon: <ListPlus size={18} />,
              onAction: () => openAddToPlaylist({ fromPlaylistId: playlistId }),
            },
            { id: 'copy', label: t('playlists:copy'), icon: <Copy size={18} />, onAction: () => void copy(playlistId) },
          ],
        },
        {
          id: 'export',
          actions: FORMATS.map((format) => ({
            id: format,
            label: t('playlists:exportAs', { format }),
            icon: <FileDown size={18} />,
            onAction: () => void save(playlistId, format),
          })),
        },
        { id: 'change', actions: change },
      ]}
    />
  );
}
