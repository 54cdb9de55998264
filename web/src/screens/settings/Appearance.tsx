import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Select, Switch } from '../../components/controls/TextField';
import { Section } from '../../components/layout/Page';
import { LANGUAGES, type Language } from '../../i18n/languages';
import { type Contrast, type Motion, setPreferences, type Theme, usePreferences } from '../../preferences/preferences';
import type { AppearanceQuery } from './__generated__/AppearanceQuery.graphql';
import styles from './Settings.module.css';
import { useUpdatePreferences } from './useUpdatePreferences';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const LANGUAGE_OPTIONS = Object.entries(LANGUAGES).map(([value, { name }]) => ({ value, label: name }));

/** How this browser shows the player. The language is also that of mails. */
export default function Appearance() {
  const { t } = useTranslation('settings');
  const { theme, contrast, motion, language } = usePreferences();
  const { viewer } = useLazyLoadQuery<AppearanceQuery>(
    graphql`
      query AppearanceQuery {
        viewer {
          id
          preferences {
            streamingQuality
            autoplay
            explicitContent
            emailNotifications
            locale
          }
        }
      }
    `,
    {},
  );
  const update = useUpdatePreferences();
  const choose = (next: Language) => {
    setPreferences({ language: next });
    if (viewer) void update(viewer.id, { locale: next }, viewer.preferences);
  };
  return (
    <Section title={t('section.appearance')}>
      <div className={styles.form}>
        <Select
          label={t('language')}
          value={language}
          options={LANGUAGE_OPTIONS}
          onChange={(value) => choose(value as Language)}
        />
        <Select
          label={t('theme')}
          value={theme}
          options={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
          onChange={(value) => setPreferences({ theme: value as Theme })}
        />
        <Switch
          label={t('contrast')}
          hint={t('contrastHint')}
          checked={contrast === 'more'}
          onChange={(more) => setPreferences({ contrast: (more ? 'more' : 'system') satisfies Contrast })}
        />
        <Switch
          label={t('motion')}
          hint={t('motionHint')}
          checked={motion === 'reduced'}
          onChange={(reduced) => setPreferences({ motion: (reduced ? 'reduced' : 'system') satisfies Motion })}
        />
      </div>
    </Section>
  );
}
