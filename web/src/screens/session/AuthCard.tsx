import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Select } from '../../components/controls/TextField';
import { useTitle } from '../../components/layout/Page';
import { LANGUAGES, type Language } from '../../i18n/languages';
import { setPreferences, usePreferences } from '../../preferences/preferences';
import styles from './AuthCard.module.css';

const OPTIONS = Object.entries(LANGUAGES).map(([value, { name }]) => ({ value, label: name }));

/** The card in the middle of the screens for whoever is not signed in. */
export function AuthCard({
  title,
  lead,
  footer,
  children,
}: {
  title: string;
  lead?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation('session');
  const language = usePreferences((preferences) => preferences.language);
  useTitle(title);
  return (
    <div className={styles.place}>
      <div className={styles.card}>
        <h1>{title}</h1>
        {lead && <p className={styles.lead}>{lead}</p>}
        {children}
        {footer && <footer className={styles.footer}>{footer}</footer>}
      </div>
      <Select
        hideLabel
        label={t('language')}
        className={styles.language ?? ''}
        options={OPTIONS}
        value={language}
        onChange={(value) => setPreferences({ language: value as Language })}
      />
    </div>
  );
}

/** Something that is wrong with the whole form. */
export function FormError({ text }: { text: string | null | undefined }) {
  return (
    <p role="alert" className={styles.error}>
      {text}
    </p>
  );
}
