import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import styles from './Studio.module.css';

/** The end of a form: its button, and what came of it. `result`: why it was refused, empty when it was done, null before. */
export function FormEnd({ result, isBusy }: { result: string | null; isBusy: boolean }) {
  const { t } = useTranslation(['studio', 'common']);
  return (
    <>
      {result && (
        <p role="alert" className={styles.error}>
          {result}
        </p>
      )}
      <div>
        <Button type="submit" variant="primary" busy={isBusy}>
          {t('common:save')}
        </Button>
      </div>
      <p role="status">{result === '' && !isBusy ? t('studio:saved') : ''}</p>
    </>
  );
}
