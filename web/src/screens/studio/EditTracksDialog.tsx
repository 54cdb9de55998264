import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Switch, TextField } from '../../components/controls/TextField';
import { useFormat } from '../../i18n/useFormat';
import type { TracksPatch } from './__generated__/useTrackEditsTracksMutation.graphql';
import { ArtistPicker } from './ArtistPicker';
import { toggled } from './Checked';
import type { Named } from './MergeDialog';
import styles from './Studio.module.css';
import { numberOf, splitNames } from './tags';

const FIELDS = ['artists', 'genres', 'discNumber', 'explicit'] as const;
type Field = (typeof FIELDS)[number];

export interface EditTracksDialogProps {
  readonly count: number;
  /** What is asked for at once. */
  readonly first?: Field | undefined;
  readonly onClose: () => void;
  readonly onEdit: (patch: TracksPatch) => Promise<void>;
}

/** Says the same of several tracks: what is ticked is changed on each, all else stays as it is. */
export function EditTracksDialog({ count, first, onClose, onEdit }: EditTracksDialogProps) {
  const { t } = useTranslation(['studio', 'common']);
  const format = useFormat();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set(first ? [first] : []));
  const [artists, setArtists] = useState<readonly Named[]>([]);
  const [genres, setGenres] = useState('');
  const [disc, setDisc] = useState('');
  const [explicit, setExplicit] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const isReady = ticked.size > 0 && !(ticked.has('artists') && artists.length === 0);
  const edit = async () => {
    setBusy(true);
    await onEdit({
      ...(ticked.has('artists') && { artistIds: artists.map(({ id }) => id) }),
      ...(ticked.has('genres') && { genres: splitNames(genres) }),
      ...(ticked.has('discNumber') && { discNumber: numberOf(disc) }),
      ...(ticked.has('explicit') && { explicit }),
    });
    setBusy(false);
    onClose();
  };
  const fields: Readonly<Record<Field, ReactNode>> = {
    artists: <ArtistPicker chosen={artists} onChange={setArtists} />,
    genres: (
      <TextField
        label={t('studio:genres')}
        hint={t('studio:bulk.genresHint')}
        value={genres}
        dir="auto"
        onChange={(event) => setGenres(event.currentTarget.value)}
      />
    ),
    discNumber: (
      <TextField
        label={t('studio:discNumber')}
        hint={t('studio:bulk.emptyHint')}
        type="number"
        min={1}
        value={disc}
        onChange={(event) => setDisc(event.currentTarget.value)}
      />
    ),
    explicit: <Switch label={t('studio:explicit')} checked={explicit} onChange={setExplicit} />,
  };
  return (
    <Dialog
      title={t('studio:bulk.edit')}
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button variant="primary" busy={isBusy} disabled={!isReady} onClick={() => void edit()}>
            {t('common:save')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>{t('studio:bulk.lead', { shown: format.count(count) })}</p>
        {FIELDS.map((field) => (
          <div key={field} className={styles.form}>
            <label className={styles.tick}>
              <input type="checkbox" checked={ticked.has(field)} onChange={() => setTicked(toggled(ticked, field))} />
              {t('studio:bulk.change', { field: t(`studio:${field}`) })}
            </label>
            {ticked.has(field) && fields[field]}
          </div>
        ))}
      </div>
    </Dialog>
  );
}
