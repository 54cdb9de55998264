import { useParams } from '@tanstack/react-router';
import { ListX } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, useSubscription } from 'react-relay';
import { EmptyState } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import type { PlaylistQuery } from './__generated__/PlaylistQuery.graphql';
import type { PlaylistSubscription } from './__generated__/PlaylistSubscription.graphql';
import { PlaylistHead } from './PlaylistHead';
import { PlaylistTracks } from './PlaylistTracks';
import { usePlaylistItems } from './usePlaylistItems';

/** Screen 10: a playlist, as everybody who works on it sees it at the same moment. */
export default function Playlist() {
  const { playlistId } = useParams({ from: '/app/playlists/$playlistId' });
  return <OnePlaylist key={playlistId} playlistId={playlistId} />;
}

function OnePlaylist({ playlistId }: { playlistId: string }) {
  const { t } = useTranslation(['playlists', 'common']);
  const { playlist } = useLazyLoadQuery<PlaylistQuery>(
    graphql`
      query PlaylistQuery($id: ID!) {
        playlist(id: $id) {
          id
          title
          version
          viewerRole
          rules {
            limit
          }
          ...PlaylistHead_playlist
        }
      }
    `,
    { id: playlistId },
    { fetchPolicy: 'store-and-network' },
  );
  useLivePlaylist(playlistId);
  const list = usePlaylistItems(playlistId, playlist?.version ?? 0);
  if (!playlist) {
    return (
      <Page title={t('playlists:missing.title')} header={<span />}>
        <EmptyState icon={ListX} title={t('playlists:missing.title')}>
          {t('playlists:missing.body')}
        </EmptyState>
      </Page>
    );
  }
  const mayEdit = !playlist.rules && (playlist.viewerRole === 'OWNER' || playlist.viewerRole === 'EDITOR');
  return (
    <Page title={playlist.title} header={<PlaylistHead playlist={playlist} list={list} />}>
      <PlaylistTracks
        playlistId={playlist.id}
        title={playlist.title}
        list={list}
        mayEdit={mayEdit}
        isSmart={Boolean(playlist.rules)}
      />
    </Page>
  );
}

/** Everything of the playlist but its entries follows by itself: the store has it under its id. */
function useLivePlaylist(playlistId: string): void {
  useSubscription<PlaylistSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription PlaylistSubscription($id: ID!, $after: String) {
            playlistChanged(id: $id, after: $after) {
              id
              title
              version
              viewerRole
              rules {
                limit
              }
              ...PlaylistHead_playlist
            }
          }
        `,
        variables: { id: playlistId, after: null },
      }),
      [playlistId],
    ),
  );
}
