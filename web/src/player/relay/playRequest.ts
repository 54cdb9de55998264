/** Has the service that keeps a playlist, or the liked tracks, make the queue of them. */

import { type Environment, graphql } from 'relay-runtime';

import type { Operations } from '../controller/port';
import type { playRequestLikedMutation } from './__generated__/playRequestLikedMutation.graphql';
import type { playRequestPlaylistMutation } from './__generated__/playRequestPlaylistMutation.graphql';
import { mutate } from './execute';

const playPlaylist = graphql`
  mutation playRequestPlaylistMutation($input: PlayPlaylistInput!) {
    playPlaylist(input: $input) {
      requestId
    }
  }
`;

const playLikedTracks = graphql`
  mutation playRequestLikedMutation($input: PlayLikedTracksInput!) {
    playLikedTracks(input: $input) {
      requestId
    }
  }
`;

export async function playRequest(
  environment: Environment,
  { playlistId, startItemId, ...input }: Operations['playRequest']['variables'],
): Promise<Operations['playRequest']['data']> {
  if (playlistId === null) {
    const done = await mutate<playRequestLikedMutation>(environment, playLikedTracks, { input });
    return { requestId: done.playLikedTracks.requestId ?? null };
  }
  const done = await mutate<playRequestPlaylistMutation>(environment, playPlaylist, {
    input: { ...input, playlistId, startItemId },
  });
  return { requestId: done.playPlaylist.requestId ?? null };
}
