import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMadeEdits } from './catalogEdits';
import styles from './Studio.module.css';
import { useUndo } from './useCatalogEdits';

/** What was merged, moved and split in this tab, each with its way back. */
export function MadeEdits({ onChanged }: { onChanged: () => void }) {
  const { t } = useTranslation('studio');
  const format = useFormat();
  const { edits } = useMadeEdits();
  const undo = useUndo(onChanged);
  if (edits.length === 0) return null;
  return (
    <Section title={t('changes')}>
      <ul className={styles.list}>
        {edits.map(({ id, text, undoableUntil }) => (
          <li key={id} aria-label={text}>
            <span dir="auto">{text}</span>
            <span className={styles.soft}>{t('undoUntil', { when: format.day(undoableUntil) })}</span>
            <span className={styles.end}>
              <Button size="s" aria-label={`${t('undo')}: ${text}`} onClick={() => void undo(id)}>
                {t('undo')}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
