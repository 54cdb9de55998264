import { useTranslation } from 'react-i18next';

import { QrCode } from '../../components/qr/QrCode';
import { isLoopback } from '../party/reach';
import styles from './Devices.module.css';

/** What makes a server reachable from the whole network. */
const COMMAND = 'cargo xtask up --listen 0.0.0.0';

/** The address of this server for the camera of a phone; or why a phone could not open it. */
export function AddPhone() {
  const { t } = useTranslation('player');
  const address = location.origin;
  if (isLoopback(location.hostname)) {
    return (
      <div className={styles.phone}>
        <p>{t('phone.loopback', { address })}</p>
        <p>
          <code dir="ltr">{COMMAND}</code>
        </p>
      </div>
    );
  }
  return (
    <div className={styles.phone}>
      <QrCode text={address} label={t('phone.code', { address })} className={styles.code ?? ''} />
      <div>
        <p>{t('phone.body')}</p>
        <p className={styles.address} dir="ltr">
          {address}
        </p>
      </div>
    </div>
  );
}
