import { VenetianMask } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { useFormat } from '../../i18n/useFormat';
import styles from './Playing.module.css';

/** Says that what plays counts nowhere. */
export default function PrivateSign({ until }: { until: string }) {
  const { t } = useTranslation('player');
  const format = useFormat();
  return (
    <span className={styles.private} title={t('private.until', { time: format.dateTime(until) })}>
      <VenetianMask size={16} aria-hidden="true" />
      {t('private.label')}
    </span>
  );
}
