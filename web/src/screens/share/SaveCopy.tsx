import { ListPlus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { IEnvironment } from 'relay-runtime';

import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { SaveCopyAddMutation } from './__generated__/SaveCopyAddMutation.graphql';
import type { SaveCopyCreateMutation } from './__generated__/SaveCopyCreateMutation.graphql';
import type { SaveCopyTracksQuery } from './__generated__/SaveCopyTracksQuery.graphql';

const PAGE = 100;
/** How many tracks one request may add. */
const BATCH = 500;

type Items = NonNullable<SaveCopyTracksQuery['response']['sharedPlaylist']>['items'];

/** The tracks of a shared playlist, all of them, in order. */
async function trackIdsOf(environment: IEnvironment, token: string): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const data: SaveCopyTracksQuery['response'] | undefined = await fetchQuery<SaveCopyTracksQuery>(
      environment,
      graphql`
        query SaveCopyTracksQuery($token: String!, $first: Int!, $after: String) {
          sharedPlaylist(token: $token) {
            items(first: $first, after: $after) {
              pageInfo {
                endCursor
                hasNextPage
              }
              edges {
                node {
                  track {
                    id
                  }
                }
              }
            }
          }
        }
      `,
      { token, first: PAGE, after },
      { fetchPolicy: 'network-only' },
    ).toPromise();
    const items: Items | undefined = data?.sharedPlaylist?.items;
    ids.push(...(items?.edges.flatMap(({ node }) => node.track?.id ?? []) ?? []));
    after = items?.pageInfo.hasNextPage ? (items.pageInfo.endCursor ?? null) : null;
  } while (after);
  return ids;
}

/** Makes a playlist of the viewer's own out of a shared one. */
export function SaveCopy({
  token,
  title,
  onSaved,
}: {
  token: string;
  title: string;
  onSaved: (playlistId: string) => void;
}) {
  const { t } = useTranslation(['playlists', 'common']);
  const environment = useRelayEnvironment();
  const [isBusy, setBusy] = useState(false);
  const create = usePromisedMutation<SaveCopyCreateMutation>(graphql`
    mutation SaveCopyCreateMutation($title: String!) {
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
  const add = usePromisedMutation<SaveCopyAddMutation>(graphql`
    mutation SaveCopyAddMutation($playlistId: ID!, $trackIds: [ID!]!) {
      addPlaylistItems(playlistId: $playlistId, trackIds: $trackIds) {
        playlist {
          id
          itemCount
          version
        }
        userErrors {
          message
        }
      }
    }
  `);
  const copy = async (): Promise<string | null> => {
    const ids = await trackIdsOf(environment, token).catch(() => null);
    const playlist = ids && (await create({ variables: { title } }))?.createPlaylist.playlist;
    if (!playlist) return null;
    for (let from = 0; from < ids.length; from += BATCH) {
      const answer = await add({ variables: { playlistId: playlist.id, trackIds: ids.slice(from, from + BATCH) } });
      if (answer?.addPlaylistItems.userErrors.length !== 0) return null;
    }
    return playlist.id;
  };
  const act = async () => {
    setBusy(true);
    const id = await copy();
    setBusy(false);
    if (id) onSaved(id);
    else toast(t('common:actionFailed'), { tone: 'error' });
  };
  return (
    <Button size="l" icon={<ListPlus size={18} />} busy={isBusy} onClick={() => void act()}>
      {t('playlists:saveCopy')}
    </Button>
  );
}
