import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { CopyButton } from './CopyButton';
import styles from './Settings.module.css';

/** Recovery codes, which are shown this once. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common']);
  return (
    <Dialog
      title={t('settings:recovery')}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('settings:kept')}
        </Button>
      }
    >
      <p>{t('settings:recoveryOnce')}</p>
      <ul className={styles.codes} dir="ltr">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton text={codes.join('\n')} />
    </Dialog>
  );
}
