import { CloudUpload } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import styles from './DropHint.module.css';

/** What is seen while files are held above the page. */
export default function DropHint() {
  const { t } = useTranslation('uploads');
  return (
    <div className={styles.hint}>
      <CloudUpload size={56} strokeWidth={1.5} aria-hidden="true" />
      <p>{t('dropNow')}</p>
    </div>
  );
}
