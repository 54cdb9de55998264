import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './Person.module.css';

/** Leads whoever sees their own page to where they change it. */
export function EditProfileLink({ icon }: { icon: ReactNode }) {
  const { t } = useTranslation('people');
  return (
    <Link to="/settings/$section" params={{ section: 'profile' }} className={styles.edit}>
      {icon}
      {t('edit')}
    </Link>
  );
}
