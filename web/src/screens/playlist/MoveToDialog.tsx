import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { TextField } from '../../components/controls/TextField';
import styles from './PlaylistForm.module.css';
import { beforePlace } from './reorder';

export interface MoveToDialogProps {
  readonly indexes: readonly number[];
  readonly count: number;
  readonly onClose: () => void;
  readonly onMove: (indexes: readonly number[], before: number) => Promise<void>;
}

/** Moves entries to a place that is told by its number: the way of the keyboard over long distances. */
export default function MoveToDialog({ indexes, count, onClose, onMove }: MoveToDialogProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const first = Math.min(...indexes);
  const [place, setPlace] = useState(String(first + 1));
  const highest = count - indexes.length + 1;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const to = Math.min(highest, Math.max(1, Math.round(Number(place)) || 1)) - 1;
    onClose();
    if (to !== first) void onMove(indexes, beforePlace(indexes, to, count));
  };
  return (
    <Dialog title={t('playlists:moveTo', { count: indexes.length })} size="s" onClose={onClose}>
      <form onSubmit={submit} className={styles.form}>
        <TextField
          label={t('playlists:place')}
          hint={t('playlists:placeHint', { highest })}
          type="number"
          inputMode="numeric"
          min={1}
          max={highest}
          required
          autoFocus
          value={place}
          onChange={(event) => setPlace(event.target.value)}
          onFocus={(event) => event.target.select()}
        />
        <Button type="submit" variant="primary">
          {t('playlists:move')}
        </Button>
      </form>
    </Dialog>
  );
}
