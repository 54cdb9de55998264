import { ListMusic, Plus } from 'lucide-react';
import { Suspense, useActionState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, useMutation } from 'react-relay';

import { Button } from '../components/controls/Button';
import { Dialog } from '../components/controls/Dialog';
import { TextField } from '../components/controls/TextField';
import { ErrorBoundary } from '../components/feedback/ErrorBoundary';
import { ErrorState, Skeleton } from '../components/feedback/States';
import { toast } from '../components/feedback/toasts';
import type { AddToPlaylistDialogAddMutation } from './__generated__/AddToPlaylistDialogAddMutation.graphql';
import type { AddToPlaylistDialogCreateMutation } from './__generated__/AddToPlaylistDialogCreateMutation.graphql';
import type { AddToPlaylistDialogQuery } from './__generated__/AddToPlaylistDialogQuery.graphql';
import styles from './AddToPlaylistDialog.module.css';
import { closeDialog } from './dialogs';

/** How many tracks one request may add. */
const BATCH = 500;

/** Which playlist the tracks go to: one of the viewer's own, one that they may edit, or a new one. */
export function AddToPlaylistDialog({ trackIds }: { trackIds: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('addToPlaylist')} onClose={closeDialog}>
      <ErrorBoundary fallback={(error, retry) => <ErrorState error={error} onRetry={retry} />}>
        <Suspense fallback={<Skeleton className={styles.skeleton ?? ''} />}>
          <Choices trackIds={trackIds} />
        </Suspense>
      </ErrorBoundary>
    </Dialog>
  );
}

function useAdd(trackIds: readonly string[]) {
  const { t } = useTranslation();
  const [commit, isAdding] = useMutation<AddToPlaylistDialogAddMutation>(graphql`
    mutation AddToPlaylistDialogAddMutation($playlistId: ID!, $trackIds: [ID!]!) {
      addPlaylistItems(playlistId: $playlistId, trackIds: $trackIds) {
        playlist {
          id
          itemCount
          durationMs
          version
        }
        userErrors {
          message
        }
      }
    }
  `);
  const addBatch = (playlistId: string, batch: readonly string[]) =>
    new Promise<boolean>((done) => {
      commit({
        variables: { playlistId, trackIds: [...batch] },
        onCompleted: (data) => done(data.addPlaylistItems.userErrors.length === 0),
        onError: () => done(false),
      });
    });
  const add = async (playlistId: string, title: string) => {
    for (let from = 0; from < trackIds.length; from += BATCH) {
      if (!(await addBatch(playlistId, trackIds.slice(from, from + BATCH)))) {
        toast(t('actionFailed'), { tone: 'error' });
        return;
      }
    }
    toast(t('addedToPlaylist', { count: trackIds.length, title }));
    closeDialog();
  };
  return { add, isAdding };
}

function Choices({ trackIds }: { trackIds: readonly string[] }) {
  const { t } = useTranslation();
  const { add, isAdding } = useAdd(trackIds);
  const data = useLazyLoadQuery<AddToPlaylistDialogQuery>(
    graphql`
      query AddToPlaylistDialogQuery {
        viewer {
          playlists(first: 100) {
            edges {
              node {
                id
                title
                itemCount
                viewerRole
                rules {
                  limit
                }
              }
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network' },
  );
  const playlists = data.viewer?.playlists?.edges.flatMap(({ node }) =>
    node && !node.rules && (node.viewerRole === 'OWNER' || node.viewerRole === 'EDITOR') ? [node] : [],
  );
  return (
    <>
      <NewPlaylist onCreated={add} />
      <ul className={styles.list}>
        {playlists?.map((playlist) => (
          <li key={playlist.id}>
            <button
              type="button"
              className={styles.choice}
              disabled={isAdding}
              onClick={() => void add(playlist.id, playlist.title)}
            >
              <ListMusic size={20} aria-hidden="true" />
              <span dir="auto">{playlist.title}</span>
              <small>{t('trackCount', { count: playlist.itemCount })}</small>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function NewPlaylist({ onCreated }: { onCreated: (playlistId: string, title: string) => Promise<void> }) {
  const { t } = useTranslation();
  const [commit] = useMutation<AddToPlaylistDialogCreateMutation>(graphql`
    mutation AddToPlaylistDialogCreateMutation($title: String!) {
      createPlaylist(input: { title: $title }) {
        playlist {
          id
          title
        }
        userErrors {
          message
        }
      }
    }
  `);
  const [error, create, isCreating] = useActionState(async (_: string | null, form: FormData) => {
    const title = String(form.get('title')).trim();
    const payload = await new Promise<AddToPlaylistDialogCreateMutation['response']['createPlaylist'] | null>(
      (done) => {
        commit({ variables: { title }, onCompleted: (data) => done(data.createPlaylist), onError: () => done(null) });
      },
    );
    if (!payload?.playlist) return payload?.userErrors[0]?.message ?? t('actionFailed');
    await onCreated(payload.playlist.id, payload.playlist.title);
    return null;
  }, null);
  return (
    <form action={create} className={styles.new}>
      <TextField label={t('newPlaylist')} name="title" required maxLength={200} error={error} dir="auto" />
      <Button type="submit" icon={<Plus size={18} />} busy={isCreating}>
        {t('create')}
      </Button>
    </form>
  );
}
