import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Toasts } from '../components/feedback/Toasts';
import { NotFound } from './NotFound';
import styles from './PublicFrame.module.css';
import { Screen } from './Shell';

/** The frame of the screens that everybody may see: signing in, an invitation to a party, a shared playlist. */
export function PublicFrame({ children = <Screen /> }: { children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={styles.frame}>
      <header className={styles.brand}>
        <img src="/icon.svg" alt="" width={36} height={36} />
        <span>{t('appName')}</span>
      </header>
      {children}
      <Toasts />
    </div>
  );
}

/** An address that is none of the player's, in a frame of its own. */
export function NoSuchAddress() {
  return (
    <PublicFrame>
      <main id="main">
        <NotFound />
      </main>
    </PublicFrame>
  );
}
