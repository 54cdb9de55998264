import { useNavigate } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { ImportPlaylistDialogMutation } from './__generated__/ImportPlaylistDialogMutation.graphql';
import { ACCEPTED, formatOf, MAX_BYTES, sentSize, textOf } from './files';
import styles from './Playlist.module.css';

type Result = ImportPlaylistDialogMutation['response']['importPlaylist'];

/** Makes a playlist of a file that another player has written, and tells what of it is not here. */
export default function ImportPlaylistDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['playlists', 'common']);
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const send = useImport();
  const read = async (file: File) => {
    setBusy(true);
    setError(null);
    const imported = await send(file);
    setBusy(false);
    if (typeof imported === 'string') return setError(imported);
    setResult(imported);
    setError(imported.userErrors[0]?.message ?? null);
  };
  return (
    <Dialog title={t('playlists:import')} onClose={onClose}>
      <div className={styles.import}>
        <p>{t('playlists:import.hint')}</p>
        <Button icon={<FileUp size={18} />} busy={isBusy} onClick={() => input.current?.click()}>
          {t('playlists:import.file')}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept={ACCEPTED}
          aria-label={t('playlists:import.file')}
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = '';
            if (file) void read(file);
          }}
        />
        {error && (
          <p className={styles.refusal} role="alert">
            {error}
          </p>
        )}
        {result && <Outcome result={result} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

/** How much was found, what was not, and the way to the new playlist. */
function Outcome({ result, onClose }: { result: Result; onClose: () => void }) {
  const { t } = useTranslation('playlists');
  const navigate = useNavigate();
  const { playlist, unmatched, entryCount, matchedCount } = result;
  const open = async (playlistId: string) => {
    onClose();
    await navigate({ to: '/playlists/$playlistId', params: { playlistId } });
  };
  return (
    <>
      {entryCount > 0 && <p role="status">{t('import.done', { found: matchedCount, count: entryCount })}</p>}
      {unmatched.length > 0 && (
        <section aria-label={t('import.missing')}>
          <h3>{t('import.missing')}</h3>
          <ul className={styles.unmatched} tabIndex={0} aria-label={t('import.missing')}>
            {unmatched.map(({ position, title, artist }) => (
              <li key={position}>
                <bdi>{title ?? t('import.unnamed', { position })}</bdi>
                {artist && <small dir="auto">{artist}</small>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {playlist && (
        <Button variant="primary" onClick={() => void open(playlist.id)}>
          {t('import.open')}
        </Button>
      )}
    </>
  );
}

/** Sends a file. Gives what became of it, or what is wrong with it. */
function useImport(): (file: File) => Promise<Result | string> {
  const { t } = useTranslation(['playlists', 'common']);
  const commit = usePromisedMutation<ImportPlaylistDialogMutation>(graphql`
    mutation ImportPlaylistDialogMutation($input: ImportPlaylistInput!) {
      importPlaylist(input: $input) {
        playlist {
          id
          title
        }
        entryCount
        matchedCount
        unmatched {
          position
          title
          artist
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (file) => {
    if (file.size > 2 * MAX_BYTES) return t('playlists:import.tooLarge');
    const content = await textOf(file).catch(() => '');
    const format = formatOf(file.name, content);
    if (!format) return t('playlists:import.unknown');
    if (sentSize(content) > MAX_BYTES) return t('playlists:import.tooLarge');
    // A file without a title of its own is called as it is named.
    const hasTitle = /#PLAYLIST:|<title|"title"/.test(content.slice(0, 2_000));
    const title = hasTitle ? null : file.name.replace(/\.[^.]+$/, '').slice(0, 200) || null;
    const answer = await commit({ variables: { input: { title, format, content } } });
    return answer?.importPlaylist ?? t('common:actionFailed');
  };
}
