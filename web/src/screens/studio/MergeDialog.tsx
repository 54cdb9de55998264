import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Select } from '../../components/controls/TextField';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import styles from './Studio.module.css';

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface MergeDialogProps<Thing extends Named> {
  /** Of tracks one is kept, and the others are withdrawn. */
  readonly what: 'albums' | 'artists' | 'tracks';
  /** Two and more. */
  readonly all: readonly Thing[];
  readonly onClose: () => void;
  /** Resolves with whether it was done. */
  readonly onMerge: (target: Thing, sources: readonly Thing[]) => Promise<boolean>;
}

/** Asks which of several albums, artists or tracks stays, and says what happens to the others. */
export function MergeDialog<Thing extends Named>({ what, all, onClose, onMerge }: MergeDialogProps<Thing>) {
  const { t } = useTranslation(['studio', 'common']);
  const format = useFormat();
  const [targetId, setTargetId] = useState(all[0]?.id ?? '');
  const [isBusy, setBusy] = useState(false);
  const target = all.find(({ id }) => id === targetId);
  const sources = all.filter(({ id }) => id !== targetId);
  const merge = async () => {
    if (!target) return;
    setBusy(true);
    const isDone = await onMerge(target, sources);
    setBusy(false);
    if (isDone) onClose();
  };
  return (
    <Dialog
      title={t(`studio:merge.${what}`)}
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button variant="primary" busy={isBusy} onClick={() => void merge()}>
            {t(what === 'tracks' ? 'studio:withdraw' : 'studio:merge')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <Select
          label={t('studio:merge.stays')}
          value={targetId}
          options={all.map(({ id, name }, index) => ({ value: id, label: `${format.count(index + 1)}. ${name}` }))}
          onChange={setTargetId}
        />
        <p dir="auto">
          {t(`studio:merge.${what}Body`, {
            sources: namesOf(sources),
            target: target?.name ?? '',
          })}
        </p>
      </div>
    </Dialog>
  );
}
