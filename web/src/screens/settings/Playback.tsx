import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Select, Switch } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { PrivateSwitch } from '../../components/playing/PrivateSwitch';
import type { PlaybackPreferencesQuery } from './__generated__/PlaybackPreferencesQuery.graphql';
import styles from './Settings.module.css';
import { useUpdatePreferences } from './useUpdatePreferences';

const QUALITIES = ['LOW', 'NORMAL', 'HIGH', 'LOSSLESS'] as const;
type Quality = (typeof QUALITIES)[number];

/** How music is played for the viewer, on all their devices. */
export default function Playback() {
  const { t } = useTranslation(['settings', 'common']);
  const { viewer } = useLazyLoadQuery<PlaybackPreferencesQuery>(
    graphql`
      query PlaybackPreferencesQuery {
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
    { fetchPolicy: 'store-and-network' },
  );
  const update = useUpdatePreferences();
  if (!viewer) return null;
  const { preferences } = viewer;
  const change = async (changed: Parameters<typeof update>[1]) => {
    if (!(await update(viewer.id, changed, preferences))) toast(t('common:actionFailed'), { tone: 'error' });
  };
  return (
    <Section title={t('settings:section.playback')}>
      <div className={styles.form}>
        <Select
          label={t('settings:quality')}
          value={preferences.streamingQuality}
          options={QUALITIES.map((value) => ({ value, label: t(`settings:quality.${value}`) }))}
          onChange={(value) => void change({ streamingQuality: value as Quality })}
        />
        <Switch
          label={t('settings:autoplay')}
          hint={t('settings:autoplayHint')}
          checked={preferences.autoplay}
          onChange={(autoplay) => void change({ autoplay })}
        />
        <PrivateSwitch />
        <Switch
          label={t('settings:explicit')}
          hint={t('settings:explicitHint')}
          checked={preferences.explicitContent}
          onChange={(explicitContent) => void change({ explicitContent })}
        />
        <Switch
          label={t('settings:mails')}
          hint={t('settings:mailsHint')}
          checked={preferences.emailNotifications}
          onChange={(emailNotifications) => void change({ emailNotifications })}
        />
      </div>
    </Section>
  );
}
