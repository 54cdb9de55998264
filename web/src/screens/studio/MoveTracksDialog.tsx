import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Select, TextField } from '../../components/controls/TextField';
import { namesOf } from '../../components/tracks/joinNames';
import type { MoveTracksInput } from './__generated__/useCatalogEditsMoveMutation.graphql';
import type { Named } from './MergeDialog';
import styles from './Studio.module.css';
import { numberOf } from './tags';

export interface MoveTracksDialogProps {
  readonly tracks: readonly Named[];
  readonly albums: readonly Named[];
  readonly onClose: () => void;
  /** `album`: null takes them off theirs. Resolves with whether it was done. */
  readonly onMove: (album: Named | null, input: MoveTracksInput) => Promise<boolean>;
}

/** Asks to which album tracks go, and says what will be. */
export function MoveTracksDialog({ tracks, albums, onClose, onMove }: MoveTracksDialogProps) {
  const { t } = useTranslation(['studio', 'common']);
  const [albumId, setAlbumId] = useState(albums[0]?.id ?? '');
  const [first, setFirst] = useState('');
  const [isBusy, setBusy] = useState(false);
  const album = albums.find(({ id }) => id === albumId) ?? null;
  const names = namesOf(tracks);
  const move = async () => {
    setBusy(true);
    const firstTrackNumber = album ? numberOf(first) : null;
    const isDone = await onMove(album, {
      trackIds: tracks.map(({ id }) => id),
      albumId: album?.id ?? null,
      firstTrackNumber,
    });
    setBusy(false);
    if (isDone) onClose();
  };
  return (
    <Dialog
      title={t('studio:move')}
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button variant="primary" busy={isBusy} onClick={() => void move()}>
            {t('studio:move.do')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <Select
          label={t('studio:move.to')}
          value={albumId}
          options={[
            ...albums.map(({ id, name }) => ({ value: id, label: name })),
            { value: '', label: t('studio:move.none') },
          ]}
          onChange={setAlbumId}
        />
        {album && (
          <TextField
            label={t('studio:move.first')}
            hint={t('studio:move.firstHint')}
            type="number"
            min={1}
            value={first}
            onChange={(event) => setFirst(event.currentTarget.value)}
          />
        )}
        <p dir="auto">
          {album
            ? t('studio:move.body', { tracks: names, album: album.name })
            : t('studio:move.offBody', { tracks: names })}
        </p>
      </div>
    </Dialog>
  );
}
