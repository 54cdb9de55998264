import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import styles from './Studio.module.css';

export interface DeleteAlbumsDialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly onDelete: (withTracks: boolean) => Promise<void>;
}

/** Asks whether albums go for good, and whether what stands on them goes, too. */
export function DeleteAlbumsDialog({ title, onClose, onDelete }: DeleteAlbumsDialogProps) {
  const { t } = useTranslation(['studio', 'common']);
  const [withTracks, setWithTracks] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    await onDelete(withTracks);
    setBusy(false);
    onClose();
  };
  return (
    <Dialog
      title={title}
      size="s"
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button variant="danger" busy={isBusy} onClick={() => void act()}>
            {t('studio:delete')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <label className={styles.tick}>
          <input
            type="checkbox"
            checked={withTracks}
            onChange={(event) => setWithTracks(event.currentTarget.checked)}
          />
          {t('studio:delete.tracksToo')}
        </label>
        <p>{t(withTracks ? 'studio:delete.tracksBody' : 'studio:delete.albumsBody')}</p>
      </div>
    </Dialog>
  );
}
