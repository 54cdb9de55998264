import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Select, Switch } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { PrivateSwitch } from '../../components/playing/PrivateSwitch';
import { useFormat } from '../../i18n/useFormat';
import { setPreferences, usePreferences } from '../../preferences/preferences';
import type { PlaybackPreferencesQuery } from './__generated__/PlaybackPreferencesQuery.graphql';
import styles from './Settings.module.css';
import { useUpdatePreferences } from './useUpdatePreferences';

const QUALITIES = ['LOW', 'NORMAL', 'HIGH', 'LOSSLESS'] as const;
type Quality = (typeof QUALITIES)[number];

/** Seconds; what is offered of 0 to 12. */
const FADES = [0, 1, 2, 3, 5, 8, 12] as const;
/** The most that a song kept here may take, kbit/s. */
const OFFLINE_KBPS = [null, 320, 192, 128, 96] as const;

/** How music is played for the viewer: on all their devices, and what is of this one alone. */
export default function Playback() {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
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
  const here = usePreferences();
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
        <h3>{t('settings:onThisDevice')}</h3>
        <Select
          label={t('settings:crossfade')}
          value={String(here.crossfadeS)}
          options={FADES.map((seconds) => ({
            value: String(seconds),
            label: seconds === 0 ? t('settings:crossfade.none') : format.duration(seconds * 1000, 'long'),
          }))}
          onChange={(value) => setPreferences({ crossfadeS: Number(value) })}
        />
        <Switch
          label={t('settings:loudness')}
          hint={t('settings:loudnessHint')}
          checked={here.normalizesLoudness}
          onChange={(normalizesLoudness) => setPreferences({ normalizesLoudness })}
        />
        <Switch
          label={t('settings:saveData')}
          hint={t('settings:saveDataHint')}
          checked={here.savesData}
          onChange={(savesData) => setPreferences({ savesData })}
        />
        <Select
          label={t('settings:offlineLimit')}
          value={String(here.offlineKbps)}
          options={OFFLINE_KBPS.map((kbps) => ({
            value: String(kbps),
            label: kbps === null ? t('settings:offlineLimit.none') : t('settings:offlineLimit.kbps', { kbps }),
          }))}
          onChange={(value) => setPreferences({ offlineKbps: value === 'null' ? null : Number(value) })}
        />
      </div>
    </Section>
  );
}
