import { Check, Plus } from 'lucide-react';
import { Suspense, useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment, useLazyLoadQuery } from 'react-relay';

import { IconButton } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { TextField } from '../../components/controls/TextField';
import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { ErrorState, Skeleton } from '../../components/feedback/States';
import { toast } from '../../components/feedback/toasts';
import { TrackLine } from '../../components/tracks/TrackLine';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { AddTracksDialog_track$key } from './__generated__/AddTracksDialog_track.graphql';
import type { AddTracksDialogMutation } from './__generated__/AddTracksDialogMutation.graphql';
import type { AddTracksDialogSearchQuery } from './__generated__/AddTracksDialogSearchQuery.graphql';
import type { AddTracksDialogSuggestedQuery } from './__generated__/AddTracksDialogSuggestedQuery.graphql';
import styles from './Playlist.module.css';

export interface AddTracksDialogProps {
  readonly playlistId: string;
  readonly title: string;
  readonly onClose: () => void;
}

/** Adds tracks to a playlist without leaving it: found by name, or recommended. */
export default function AddTracksDialog({ playlistId, title, onClose }: AddTracksDialogProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const [query, setQuery] = useState('');
  const wanted = useDeferredValue(query.trim());
  const [added, setAdded] = useState<ReadonlySet<string>>(new Set());
  const add = useAdd(playlistId);
  const addOne = async (trackId: string) => {
    if (await add(trackId)) setAdded((last) => new Set(last).add(trackId));
    else toast(t('common:actionFailed'), { tone: 'error' });
  };
  const props = { added, onAdd: addOne };
  return (
    <Dialog title={t('playlists:addTo', { title })} onClose={onClose} size="m">
      <TextField
        label={t('common:search')}
        hideLabel
        type="search"
        placeholder={t('playlists:findTracks')}
        value={query}
        autoFocus
        onChange={(event) => setQuery(event.target.value)}
      />
      <ErrorBoundary resetKey={wanted} fallback={(error, retry) => <ErrorState error={error} onRetry={retry} />}>
        <Suspense fallback={<Skeleton className={styles.waiting ?? ''} />}>
          {wanted ? <Found query={wanted} {...props} /> : <Suggested {...props} />}
        </Suspense>
      </ErrorBoundary>
    </Dialog>
  );
}

function useAdd(playlistId: string) {
  const commit = usePromisedMutation<AddTracksDialogMutation>(graphql`
    mutation AddTracksDialogMutation($playlistId: ID!, $trackIds: [ID!]!) {
      addPlaylistItems(playlistId: $playlistId, trackIds: $trackIds) {
        playlist {
          id
          version
          itemCount
          durationMs
          updatedAt
        }
        userErrors {
          message
        }
      }
    }
  `);
  return async (trackId: string) =>
    (await commit({ variables: { playlistId, trackIds: [trackId] } }))?.addPlaylistItems.userErrors.length === 0;
}

interface ChoicesProps {
  readonly added: ReadonlySet<string>;
  readonly onAdd: (trackId: string) => Promise<void>;
}

function Found({ query, ...props }: ChoicesProps & { query: string }) {
  const { t } = useTranslation('playlists');
  const { search } = useLazyLoadQuery<AddTracksDialogSearchQuery>(
    graphql`
      query AddTracksDialogSearchQuery($query: String!) {
        search(query: $query, types: [TRACK], first: 30) {
          edges {
            node {
              ... on Track {
                id
                ...AddTracksDialog_track @alias(as: "track")
              }
            }
          }
        }
      }
    `,
    { query },
  );
  const tracks =
    search?.edges.flatMap(({ node }) => (node?.id && node.track ? [{ key: node.id, track: node.track }] : [])) ?? [];
  if (tracks.length === 0) return <p role="status">{t('nothingFound', { query })}</p>;
  return <Choices tracks={tracks} {...props} />;
}

function Suggested(props: ChoicesProps) {
  const { t } = useTranslation('playlists');
  const { viewer } = useLazyLoadQuery<AddTracksDialogSuggestedQuery>(
    graphql`
      query AddTracksDialogSuggestedQuery {
        viewer {
          recommendations(first: 20) {
            track {
              id
              ...AddTracksDialog_track
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-or-network' },
  );
  const tracks = viewer?.recommendations?.map(({ track }) => ({ key: track.id, track })) ?? [];
  if (tracks.length === 0) return null;
  return (
    <div>
      <h3 className={styles.suggested}>{t('suggested')}</h3>
      <Choices tracks={tracks} {...props} />
    </div>
  );
}

function Choices({
  tracks,
  added,
  onAdd,
}: ChoicesProps & { tracks: readonly { key: string; track: AddTracksDialog_track$key }[] }) {
  return (
    <ul className={styles.choices}>
      {tracks.map(({ key, track }) => (
        <Choice key={key} track={track} isAdded={added.has(key)} onAdd={onAdd} />
      ))}
    </ul>
  );
}

function Choice({
  track,
  isAdded,
  onAdd,
}: {
  track: AddTracksDialog_track$key;
  isAdded: boolean;
  onAdd: (trackId: string) => Promise<void>;
}) {
  const { t } = useTranslation('playlists');
  const data = useFragment(
    graphql`
      fragment AddTracksDialog_track on Track {
        id
        title
        ...TrackLine_track
      }
    `,
    track,
  );
  return (
    <TrackLine track={data}>
      <IconButton
        label={t(isAdded ? 'addedNamed' : 'addNamed', { title: data.title })}
        icon={isAdded ? <Check size={20} /> : <Plus size={20} />}
        onClick={() => void onAdd(data.id)}
      />
    </TrackLine>
  );
}
