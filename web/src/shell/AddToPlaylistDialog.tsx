import { ListMusic, Plus } from 'lucide-react';
import { useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useMutation } from 'react-relay';

import { Button } from '../components/controls/Button';
import { Dialog } from '../components/controls/Dialog';
import { MoreButton } from '../components/controls/MoreButton';
import { TextField } from '../components/controls/TextField';
import { ErrorState, Skeleton } from '../components/feedback/States';
import { toast } from '../components/feedback/toasts';
import { pageOf } from '../relay/usePages';
import { usePagesShown } from '../relay/usePagesShown';
import { usePromisedMutation } from '../relay/usePromisedMutation';
import type { AddToPlaylistDialogAddMutation } from './__generated__/AddToPlaylistDialogAddMutation.graphql';
import type { AddToPlaylistDialogAlbumMutation } from './__generated__/AddToPlaylistDialogAlbumMutation.graphql';
import type { AddToPlaylistDialogCreateMutation } from './__generated__/AddToPlaylistDialogCreateMutation.graphql';
import type { AddToPlaylistDialogPlaylistMutation } from './__generated__/AddToPlaylistDialogPlaylistMutation.graphql';
import type { AddToPlaylistDialogQuery } from './__generated__/AddToPlaylistDialogQuery.graphql';
import styles from './AddToPlaylistDialog.module.css';
import { type Addable, closeDialog } from './dialogs';

/** How many tracks one request may add. */
const BATCH = 500;

/** Which playlist the tracks go to: one of the viewer's own, one that they may edit, or a new one. */
export function AddToPlaylistDialog({ what }: { what: Addable }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('addToPlaylist')} onClose={closeDialog}>
      <Choices what={what} />
    </Dialog>
  );
}

function useAdd(what: Addable) {
  const { t } = useTranslation();
  const [isAdding, setAdding] = useState(false);
  const addTracks = useAddTracks();
  const addWhole = useAddWhole();
  const add = async (playlistId: string, title: string) => {
    setAdding(true);
    const count = await ('length' in what ? addTracks(playlistId, what) : addWhole(playlistId, what));
    setAdding(false);
    if (count === null) return toast(t('actionFailed'), { tone: 'error' });
    toast(t('addedToPlaylist', { count, title }));
    closeDialog();
  };
  return { add, isAdding };
}

/** Adds tracks; gives how many, or null when it was refused. */
function useAddTracks() {
  const commit = usePromisedMutation<AddToPlaylistDialogAddMutation>(graphql`
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
  return async (playlistId: string, trackIds: readonly string[]) => {
    for (let from = 0; from < trackIds.length; from += BATCH) {
      const answer = await commit({ variables: { playlistId, trackIds: trackIds.slice(from, from + BATCH) } });
      if (answer?.addPlaylistItems.userErrors.length !== 0) return null;
    }
    return trackIds.length;
  };
}

/** Adds all tracks of an album or playlist that do not stand there yet; gives how many, or null when it was refused. */
function useAddWhole() {
  const addAlbum = usePromisedMutation<AddToPlaylistDialogAlbumMutation>(graphql`
    mutation AddToPlaylistDialogAlbumMutation($playlistId: ID!, $albumId: ID!) {
      addAlbumToPlaylist(playlistId: $playlistId, albumId: $albumId, onDuplicate: SKIP) {
        playlist {
          id
          itemCount
          durationMs
          version
        }
        itemIds
      }
    }
  `);
  const addPlaylist = usePromisedMutation<AddToPlaylistDialogPlaylistMutation>(graphql`
    mutation AddToPlaylistDialogPlaylistMutation($playlistId: ID!, $fromPlaylistId: ID!) {
      addPlaylistToPlaylist(playlistId: $playlistId, fromPlaylistId: $fromPlaylistId, onDuplicate: SKIP) {
        playlist {
          id
          itemCount
          durationMs
          version
        }
        itemIds
      }
    }
  `);
  return async (playlistId: string, what: Exclude<Addable, readonly string[]>) => {
    const added =
      'albumId' in what
        ? (await addAlbum({ variables: { playlistId, ...what } }))?.addAlbumToPlaylist
        : (await addPlaylist({ variables: { playlistId, ...what } }))?.addPlaylistToPlaylist;
    return added?.itemIds?.length ?? null;
  };
}

const query = graphql`
  query AddToPlaylistDialogQuery($first: Int!, $after: String) {
    viewer {
      playlists(first: $first, after: $after) {
        pageInfo {
          endCursor
          hasNextPage
        }
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
`;

type Answer = AddToPlaylistDialogQuery['response'];
type Choice = NonNullable<NonNullable<Answer['viewer']>['playlists']>['edges'][number]['node'];

const read = (data: Answer) =>
  pageOf(data.viewer?.playlists, 0, ({ node }): NonNullable<Choice> | null => node ?? null);

const NO_VARIABLES = {};

function Choices({ what }: { what: Addable }) {
  const { t } = useTranslation();
  const { add, isAdding } = useAdd(what);
  const list = usePagesShown<AddToPlaylistDialogQuery, NonNullable<Choice> | null>({
    query,
    variables: NO_VARIABLES,
    by: 'after',
    read,
  });
  // Rules choose what a smart playlist holds.
  const playlists = list.items.flatMap((playlist) =>
    playlist && !playlist.rules && (playlist.viewerRole === 'OWNER' || playlist.viewerRole === 'EDITOR')
      ? [playlist]
      : [],
  );
  return (
    <>
      <NewPlaylist onCreated={add} />
      {list.error !== null && <ErrorState error={list.error} onRetry={list.refresh} />}
      {!list.isKnown && list.error === null && <Skeleton className={styles.skeleton ?? ''} />}
      <ul className={styles.list}>
        {playlists.map((playlist) => (
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
      <MoreButton {...list} />
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
