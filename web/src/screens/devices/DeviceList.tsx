import { MonitorSpeaker } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { EmptyState, PartialFailure } from '../../components/feedback/States';
import { usePlayerState } from '../../player/usePlayer';
import { DeviceRow } from './DeviceRow';
import styles from './Devices.module.css';
import { useDevices } from './useDevices';

/** Where music can sound: each device with its volume, and a way to move the music there. */
export function DeviceList() {
  const { t } = useTranslation(['player', 'common']);
  const devices = useDevices();
  const isParty = usePlayerState((state) => state.listeningSessionId !== null);
  if (!devices) return <PartialFailure what={t('common:command.devices')} />;
  if (devices.length === 0) {
    return (
      <EmptyState icon={MonitorSpeaker} title={t('player:devices.empty')}>
        {t('player:devices.hint')}
      </EmptyState>
    );
  }
  return (
    <>
      <NowOn />
      <ul className={styles.list} aria-label={t('common:command.devices')}>
        {devices.map((device) => (
          <DeviceRow key={device.id} device={device} canMove={!isParty} />
        ))}
      </ul>
    </>
  );
}

/** Where it plays now, in words; also said when it changes. */
function NowOn() {
  const { t } = useTranslation(['player', 'common']);
  const isParty = usePlayerState((state) => state.listeningSessionId !== null);
  const here = usePlayerState((state) => state.playsHere);
  const device = usePlayerState((state) => state.activeDevice?.name ?? null);
  const target = usePlayerState((state) => state.transferringTo?.name ?? null);
  const text = () => {
    if (isParty) return t('player:devices.party');
    if (target) return t('player:devices.moving', { device: target });
    if (here) return t('player:devices.playsHere');
    return device ? t('common:playsOn', { device }) : t('player:devices.nowhere');
  };
  return (
    <p className={styles.now} role="status">
      {text()}
    </p>
  );
}
