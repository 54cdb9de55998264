import { ListPlus, ListX } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { toast } from '../../components/feedback/toasts';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { openAddToPlaylist } from '../../shell/dialogs';
import styles from './Queue.module.css';
import { useQueueTrackIds } from './useQueueTrackIds';

/** What can be done with the whole queue. */
export function QueueActions() {
  const { t } = useTranslation(['player', 'common']);
  const player = usePlayer();
  const count = usePlayerState((state) => state.queue.totalCount);
  const trackIds = useQueueTrackIds();
  const [isClearing, setClearing] = useState(false);
  const [isSaving, setSaving] = useState(false);
  if (count === 0) return null;
  const save = async () => {
    setSaving(true);
    const ids = await trackIds();
    setSaving(false);
    if (ids) openAddToPlaylist(ids);
    else toast(t('common:actionFailed'), { tone: 'error' });
  };
  return (
    <div className={styles.actions}>
      <Button size="s" icon={<ListPlus size={16} />} busy={isSaving} onClick={() => void save()}>
        {t('player:queue.save')}
      </Button>
      <Button size="s" variant="quiet" icon={<ListX size={16} />} onClick={() => setClearing(true)}>
        {t('player:queue.clear')}
      </Button>
      {isClearing && (
        <ConfirmDialog
          title={t('player:queue.clear')}
          body={t('player:queue.clearBody', { count })}
          confirm={t('player:queue.clear')}
          onClose={() => setClearing(false)}
          onConfirm={async () => player?.clearQueue()}
        />
      )}
    </div>
  );
}
