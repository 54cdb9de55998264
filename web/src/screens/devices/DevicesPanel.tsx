import { Link } from '@tanstack/react-router';
import { Smartphone } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { PrivateSwitch } from '../../components/playing/PrivateSwitch';
import { closePanel } from '../../shell/dialogs';
import { DeviceList } from './DeviceList';
import styles from './Devices.module.css';

/** The devices, beside any screen. */
export default function DevicesPanel() {
  const { t } = useTranslation('player');
  return (
    <div className={styles.panel}>
      <DeviceList />
      <PrivateSwitch />
      <Link to="/devices" className={styles.add} onClick={closePanel}>
        <Smartphone size={18} aria-hidden="true" />
        {t('phone.title')}
      </Link>
    </div>
  );
}
