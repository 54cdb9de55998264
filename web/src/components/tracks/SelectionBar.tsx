import { ListEnd, ListPlus, ListStart, Trash2, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { openAddToPlaylist } from '../../shell/dialogs';
import { IconButton } from '../controls/Button';
import styles from './SelectionBar.module.css';
import { useTrackActions } from './useTrackActions';

export interface SelectionBarProps {
  readonly count: number;
  readonly ids: () => readonly string[];
  readonly onClear: () => void;
  readonly onRemove?: (() => void) | undefined;
}

/** What can be done with several tracks at once; there while two or more are selected. */
export function SelectionBar({ count, ids, onClear, onRemove }: SelectionBarProps) {
  const { t } = useTranslation();
  const actions = useTrackActions();
  if (count < 2) return null;
  return (
    <div className={styles.bar} role="toolbar" aria-label={t('selectedTracks', { count })}>
      <span role="status">{t('selectedTracks', { count })}</span>
      <IconButton label={t('playNext')} icon={<ListStart size={20} />} onClick={() => void actions.playNext(ids())} />
      <IconButton label={t('addToQueue')} icon={<ListEnd size={20} />} onClick={() => void actions.enqueue(ids())} />
      <IconButton label={t('addToPlaylist')} icon={<ListPlus size={20} />} onClick={() => openAddToPlaylist(ids())} />
      {onRemove && <IconButton label={t('removeFromList')} icon={<Trash2 size={20} />} onClick={onRemove} />}
      <IconButton label={t('clearSelection')} icon={<X size={20} />} onClick={onClear} />
    </div>
  );
}
