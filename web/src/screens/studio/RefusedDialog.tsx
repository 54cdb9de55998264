import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { useFormat } from '../../i18n/useFormat';
import type { Refused } from './refused';
import styles from './Studio.module.css';

/** What an edit of several has left as it was, each with the reason. */
export function RefusedDialog({ refused, onClose }: { refused: readonly Refused[]; onClose: () => void }) {
  const { t } = useTranslation(['studio', 'common']);
  const format = useFormat();
  return (
    <Dialog
      title={t('studio:bulk.refused', { shown: format.count(refused.length) })}
      onClose={onClose}
      actions={
        <Button variant="primary" onClick={onClose}>
          {t('common:close')}
        </Button>
      }
    >
      <ul className={styles.refused}>
        {refused.map(({ name, reason }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may be alike, and the list never changes
          <li key={index}>
            <strong dir="auto">{name}</strong>
            <span>{reason}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
