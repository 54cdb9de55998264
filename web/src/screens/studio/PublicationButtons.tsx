import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { toast } from '../../components/feedback/toasts';
import { type EditError, reasonOf } from './refused';
import styles from './Studio.module.css';

type Send = () => Promise<readonly EditError[]>;

export interface PublicationButtonsProps {
  readonly status: 'DRAFT' | 'PUBLISHED' | 'WITHDRAWN';
  readonly publish: Send;
  readonly withdraw: Send;
}

/** Publishes what is a draft or withdrawn; withdraws what is published, after asking once more. */
export function PublicationButtons({ status, publish, withdraw }: PublicationButtonsProps) {
  const { t } = useTranslation(['studio', 'common']);
  const [isAsking, setAsking] = useState(false);
  const act = async (send: Send) => {
    const [error] = await send().catch(() => [{ code: '', message: t('common:actionFailed') }]);
    if (error) toast(reasonOf(error, t('studio:stale')), { tone: 'error' });
  };
  return (
    <div className={styles.buttons}>
      <span className={styles.badge}>{t(`studio:status.${status}`)}</span>
      {status === 'PUBLISHED' ? (
        <Button variant="danger" onClick={() => setAsking(true)}>
          {t('studio:withdraw')}
        </Button>
      ) : (
        <Button variant="primary" onClick={() => void act(publish)}>
          {t('studio:publish')}
        </Button>
      )}
      {isAsking && (
        <ConfirmDialog
          title={t('studio:withdraw')}
          body={t('studio:withdrawBody')}
          confirm={t('studio:withdraw')}
          onClose={() => setAsking(false)}
          onConfirm={() => act(withdraw)}
        />
      )}
    </div>
  );
}
