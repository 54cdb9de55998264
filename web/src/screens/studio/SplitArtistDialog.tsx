import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { TextField } from '../../components/controls/TextField';
import { namesOf } from '../../components/tracks/joinNames';
import type { SplitArtistInput } from './__generated__/useCatalogEditsSplitMutation.graphql';
import { Checked } from './Checked';
import type { Named } from './MergeDialog';
import styles from './Studio.module.css';

export interface SplitArtistDialogProps {
  readonly artist: Named;
  /** What there is of them, as far as it is listed. */
  readonly albums: readonly Named[];
  readonly tracks: readonly Named[];
  readonly onClose: () => void;
  readonly onSplit: (name: string, input: SplitArtistInput) => Promise<boolean>;
}

/** Asks which of an artist's music is another's, and what that one is called. */
export function SplitArtistDialog({ artist, albums, tracks, onClose, onSplit }: SplitArtistDialogProps) {
  const { t } = useTranslation(['studio', 'common']);
  const [name, setName] = useState(artist.name);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const of = (all: readonly Named[]) => all.filter(({ id }) => chosen.has(id));
  const moved = [...of(albums), ...of(tracks)];
  const split = async () => {
    setBusy(true);
    const ids = (all: readonly Named[]) => of(all).map(({ id }) => id);
    const isDone = await onSplit(name.trim(), {
      artistId: artist.id,
      name: name.trim(),
      albumIds: ids(albums),
      trackIds: ids(tracks),
    });
    setBusy(false);
    if (isDone) onClose();
  };
  return (
    <Dialog
      title={t('studio:split', { artist: artist.name })}
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button
            variant="primary"
            busy={isBusy}
            disabled={moved.length === 0 || name.trim() === ''}
            onClick={() => void split()}
          >
            {t('studio:split.do')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label={t('studio:split.name')}
          value={name}
          maxLength={300}
          dir="auto"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checked legend={t('studio:albums')} all={albums} chosen={chosen} onChange={setChosen} />
        <Checked legend={t('studio:tracks')} all={tracks} chosen={chosen} onChange={setChosen} />
        {moved.length > 0 && (
          <p dir="auto">{t('studio:split.body', { music: namesOf(moved), name: name.trim(), artist: artist.name })}</p>
        )}
      </div>
    </Dialog>
  );
}
