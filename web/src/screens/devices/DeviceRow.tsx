import {
  Ellipsis,
  Globe,
  Laptop,
  type LucideIcon,
  MonitorSpeaker,
  Smartphone,
  Speaker,
  Tablet,
  Trash2,
  Tv,
  Volume2,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { MenuButton } from '../../components/controls/Menu';
import { Slider } from '../../components/controls/Slider';
import { toast } from '../../components/feedback/toasts';
import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { DeviceRow_device$key } from './__generated__/DeviceRow_device.graphql';
import type { DeviceRowForgetMutation } from './__generated__/DeviceRowForgetMutation.graphql';
import styles from './Devices.module.css';

const ICONS: Readonly<Record<string, LucideIcon>> = {
  DESKTOP: Laptop,
  PHONE: Smartphone,
  TABLET: Tablet,
  TV: Tv,
  SPEAKER: Speaker,
  WEB: Globe,
};

/** One device: what it is, whether it is there and plays, how loud it is. */
export function DeviceRow({ device, canMove }: { device: DeviceRow_device$key; canMove: boolean }) {
  const { t } = useTranslation(['player', 'common']);
  const data = useFragment(
    graphql`
      fragment DeviceRow_device on Device {
        id
        name
        kind
        online
        lastSeenAt
        volumePercent
      }
    `,
    device,
  );
  const player = usePlayer();
  const isThis = usePlayerState((state) => state.thisDevice?.id === data.id);
  const isActive = usePlayerState((state) => state.activeDevice?.id === data.id);
  const isTarget = usePlayerState((state) => state.transferringTo?.id === data.id);
  const Icon = ICONS[data.kind] ?? MonitorSpeaker;
  // A tab that has just registered is there, whatever the last answer said.
  const isOnline = isThis || data.online;
  return (
    <li className={styles.device} data-active={isActive || undefined} data-offline={!isOnline || undefined}>
      <Icon size={22} aria-hidden="true" className={styles.kind} />
      <div className={styles.names}>
        <span className={styles.name} dir="auto">
          {data.name}
        </span>
        <State isThis={isThis} isActive={isActive} isOnline={isOnline} lastSeenAt={data.lastSeenAt} />
      </div>
      <div className={styles.actions}>
        {canMove && !isActive && isOnline && (
          <Button
            size="s"
            variant={isThis ? 'primary' : 'secondary'}
            busy={isTarget}
            onClick={() => void player?.transferTo(data.id)}
            aria-label={isThis ? undefined : t('player:devices.playOn', { device: data.name })}
          >
            {isThis ? t('player:devices.playHere') : t('common:play')}
          </Button>
        )}
        {!isThis && <ForgetMenu id={data.id} name={data.name} />}
      </div>
      {isOnline && (
        <DeviceVolume id={data.id} name={data.name} volumePercent={data.volumePercent} isActive={isActive} />
      )}
    </li>
  );
}

interface StateProps {
  readonly isThis: boolean;
  readonly isActive: boolean;
  readonly isOnline: boolean;
  readonly lastSeenAt: string;
}

function State({ isThis, isActive, isOnline, lastSeenAt }: StateProps) {
  const { t } = useTranslation('player');
  const format = useFormat();
  const parts = [isThis && t('devices.this'), isActive && t('devices.active')];
  if (!isOnline) parts.push(t('devices.away', { when: format.relative(lastSeenAt) }));
  else if (!isThis && !isActive) parts.push(t('devices.ready'));
  return <span className={styles.state}>{parts.filter(Boolean).join(' · ')}</span>;
}

/** How loud a device is; while it is moved the hand is right, not the server. */
function DeviceVolume({
  id,
  name,
  volumePercent,
  isActive,
}: {
  id: string;
  name: string;
  volumePercent: number;
  isActive: boolean;
}) {
  const { t } = useTranslation('player');
  const format = useFormat();
  const player = usePlayer();
  const active = usePlayerState((state) => state.volumePercent);
  const [held, setHeld] = useState<number | null>(null);
  const shown = held ?? (isActive ? active : volumePercent);
  const change = (value: number) => {
    setHeld(value);
    void player
      ?.setVolume(value, id)
      .then(() => setTimeout(() => setHeld((now) => (now === value ? null : now)), 1_000));
  };
  return (
    <div className={styles.volume}>
      <Volume2 size={16} aria-hidden="true" />
      <Slider
        label={t('devices.volumeOf', { device: name })}
        value={shown}
        max={100}
        valueText={format.percent(shown / 100)}
        onChange={change}
      />
      <span aria-hidden="true">{format.percent(shown / 100)}</span>
    </div>
  );
}

function ForgetMenu({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation(['player', 'common']);
  const forget = usePromisedMutation<DeviceRowForgetMutation>(graphql`
    mutation DeviceRowForgetMutation($id: ID!) {
      forgetDevice(id: $id) {
        ok
        userErrors {
          message
        }
      }
    }
  `);
  const act = async () => {
    const data = await forget({ variables: { id } });
    if (!data?.forgetDevice.ok)
      toast(data?.forgetDevice.userErrors[0]?.message ?? t('common:actionFailed'), { tone: 'error' });
  };
  return (
    <MenuButton
      size="s"
      label={t('player:devices.more', { device: name })}
      icon={<Ellipsis size={18} />}
      sections={() => [
        {
          id: 'device',
          actions: [
            {
              id: 'forget',
              label: t('player:devices.forget'),
              icon: <Trash2 size={18} />,
              danger: true,
              onAction: () => void act(),
            },
          ],
        },
      ]}
    />
  );
}
