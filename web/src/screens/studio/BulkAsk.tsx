import { useTranslation } from 'react-i18next';

import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { useFormat } from '../../i18n/useFormat';
import { DeleteAlbumsDialog } from './DeleteAlbumsDialog';
import { EditTracksDialog } from './EditTracksDialog';
import { RefusedDialog } from './RefusedDialog';
import type { Published, useBulkEdits } from './useBulkEdits';

/** What was pressed of what is asked about before it is done. */
export interface BulkQuestion {
  readonly kind: 'edit' | 'withdrawTracks' | 'deleteTracks' | 'withdrawAlbums' | 'deleteAlbums';
  readonly chosen: readonly Published[];
  /** Of an edit: the field that is asked for at once. */
  readonly field?: 'artists' | 'genres';
}

export interface BulkAskProps {
  readonly edits: ReturnType<typeof useBulkEdits>;
  /** Null: nothing was pressed. */
  readonly question: BulkQuestion | null;
  readonly onClose: () => void;
}

/** The dialogs of what is done to several at once: what is to be, and afterwards what was refused. */
export function BulkAsk({ edits, question, onClose }: BulkAskProps) {
  return (
    <>
      {question && <Question edits={edits} question={question} onClose={onClose} />}
      {!question && edits.refused.length > 0 && <RefusedDialog refused={edits.refused} onClose={edits.forget} />}
    </>
  );
}

function Question({ edits, question, onClose }: BulkAskProps & { question: BulkQuestion }) {
  const { t } = useTranslation('studio');
  const format = useFormat();
  const { kind, chosen, field } = question;
  const shown = t('chosen', { shown: format.count(chosen.length) });
  switch (kind) {
    case 'edit':
      return (
        <EditTracksDialog
          count={chosen.length}
          first={field}
          onClose={onClose}
          onEdit={(patch) => edits.updateTracks(chosen, patch)}
        />
      );
    case 'deleteAlbums':
      return (
        <DeleteAlbumsDialog
          title={`${t('delete')} · ${shown}`}
          onClose={onClose}
          onDelete={(withTracks) => edits.deleteAlbums(chosen, withTracks)}
        />
      );
    default: {
      const isDelete = kind === 'deleteTracks';
      const verb = t(isDelete ? 'delete' : 'withdraw');
      return (
        <ConfirmDialog
          title={`${verb} · ${shown}`}
          body={t(isDelete ? 'delete.tracksOnly' : 'bulk.withdrawBody')}
          confirm={verb}
          onClose={onClose}
          onConfirm={() => edits[kind](chosen)}
        />
      );
    }
  }
}
