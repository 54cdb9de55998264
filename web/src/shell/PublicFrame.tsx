import { useTranslation } from 'react-i18next';

import { Toasts } from '../components/feedback/Toasts';
import styles from './PublicFrame.module.css';
import { Screen } from './Shell';

/** The frame of the screens that everybody may see: signing in, an invitation to a party, a shared playlist. */
export function PublicFrame() {
  const { t } = useTranslation();
  return (
    <div className={styles.frame}>
      <header className={styles.brand}>
        <img src="/icon.svg" alt="" width={36} height={36} />
        <span>{t('appName')}</span>
      </header>
      <Screen />
      <Toasts />
    </div>
  );
}
