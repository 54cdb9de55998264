import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import styles from './Studio.module.css';

export interface DeleteAlbumsDialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly onDelete: (withTracks: boolean) => Promise<void>;
}

/** Asks whether albums go for good, and whether what stands on them goes, too. */
export function DeleteAlbumsDialog({ title, onClose, onDelete }: DeleteAlbumsDialogProps) {
  const { t } = useTranslation('studio');
  const [withTracks, setWithTracks] = useState(false);
  const body = (
    <div className={styles.form}>
      <label className={styles.tick}>
        <input type="checkbox" checked={withTracks} onChange={(event) => setWithTracks(event.currentTarget.checked)} />
        {t('delete.tracksToo')}
      </label>
      <p>{t(withTracks ? 'delete.tracksBody' : 'delete.albumsBody')}</p>
    </div>
  );
  return (
    <ConfirmDialog
      title={title}
      body={body}
      confirm={t('delete')}
      onClose={onClose}
      onConfirm={() => onDelete(withTracks)}
    />
  );
}
