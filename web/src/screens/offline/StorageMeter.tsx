import { useTranslation } from 'react-i18next';

import { useFormat } from '../../i18n/useFormat';
import type { OfflineState } from '../../offline/downloads';
import styles from './Offline.module.css';

/** How much room the songs take of what the browser gives, and whether it may take it back. */
export function StorageMeter({ state }: { state: OfflineState }) {
  const { t } = useTranslation('offline');
  const format = useFormat();
  const { usedBytes, quotaBytes, persistent } = state;
  const used = format.bytes(usedBytes);
  return (
    <div className={styles.storage}>
      <p>{quotaBytes ? t('usedOf', { used, quota: format.bytes(quotaBytes) }) : t('used', { used })}</p>
      {quotaBytes !== null && quotaBytes > 0 && (
        <meter min={0} max={quotaBytes} value={usedBytes} aria-label={t('room')} />
      )}
      {persistent === true && <p className={styles.note}>{t('persistent')}</p>}
      {persistent === false && <p className={styles.note}>{t('notPersistent')}</p>}
    </div>
  );
}
