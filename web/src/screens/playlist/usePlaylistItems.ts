import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';
import { readInlineData } from 'relay-runtime';

import { toast } from '../../components/feedback/toasts';
import type { ListedTrack } from '../../components/tracks/TrackList';
import { type PagesView, pageOf, usePages } from '../../relay/usePages';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { usePlaylistItems_edited$key } from './__generated__/usePlaylistItems_edited.graphql';
import type { usePlaylistItemsAddMutation } from './__generated__/usePlaylistItemsAddMutation.graphql';
import type { usePlaylistItemsMoveMutation } from './__generated__/usePlaylistItemsMoveMutation.graphql';
import type { usePlaylistItemsQuery } from './__generated__/usePlaylistItemsQuery.graphql';
import type { usePlaylistItemsRemoveMutation } from './__generated__/usePlaylistItemsRemoveMutation.graphql';
import { moved, removed, runsOf } from './reorder';

/** An entry of a playlist; `key` is its own id, for the same track may stand there twice. */
export interface Entry extends ListedTrack {
  readonly addedAt: string;
  readonly addedBy: { readonly id: string; readonly displayName: string } | null;
  readonly coverUrl: string | null;
}

/** How many entries one request may move or remove. */
const BATCH = 500;

const query = graphql`
  query usePlaylistItemsQuery($id: ID!, $first: Int!, $offset: Int!) {
    playlist(id: $id) {
      id
      version
      items(first: $first, offset: $offset) {
        totalCount
        pageInfo {
          endCursor
          hasNextPage
        }
        edges {
          node {
            id
            addedAt
            addedBy {
              id
              displayName
            }
            track {
              id
              album {
                coverUrl
              }
              ...TrackRow_track
            }
          }
        }
      }
    }
  }
`;

const edited = graphql`
  fragment usePlaylistItems_edited on PlaylistPayload @inline {
    playlist {
      id
      version
      updatedAt
      itemCount
      durationMs
    }
    userErrors {
      message
    }
  }
`;

/** The version that a playlist has after an edit; null when it was refused or no answer came. */
function versionAfter(payload: usePlaylistItems_edited$key | null | undefined): number | null {
  if (!payload) return null;
  const { playlist, userErrors } = readInlineData(edited, payload);
  return playlist && userErrors.length === 0 ? playlist.version : null;
}

function read(data: usePlaylistItemsQuery['response']) {
  return pageOf(
    data.playlist?.items,
    data.playlist?.version,
    ({ node }): Entry => ({
      key: node.id,
      id: node.track?.id ?? null,
      track: node.track,
      addedAt: node.addedAt,
      addedBy: node.addedBy ?? null,
      coverUrl: (node.track?.album?.coverUrl as string | null | undefined) ?? null,
    }),
  );
}

/** The entries of a playlist and what may be done to them. Everything shows at once, and goes back when the server refuses. */
export interface PlaylistItems extends PagesView<Entry> {
  /** Before the entry at `before`, or behind the last one. */
  readonly move: (indexes: readonly number[], before: number) => Promise<void>;
  readonly remove: (indexes: readonly number[]) => Promise<void>;
}

export function usePlaylistItems(playlistId: string, version: number): PlaylistItems {
  const { t } = useTranslation(['playlists', 'common']);
  const variables = useMemo(() => ({ id: playlistId }), [playlistId]);
  const view = usePages<usePlaylistItemsQuery, Entry>({ query, variables, by: 'offset', read });
  const { pages } = view;
  useEffect(() => pages.seen(version), [pages, version]);
  const commitMove = useMove(playlistId);
  const commitRemove = useRemove(playlistId);
  const commitAdd = useAddAt(playlistId);
  const fail = () => toast(t('common:actionFailed'), { tone: 'error' });
  return {
    ...view,
    move: async (indexes, before) => {
      await pages.ensure([...indexes, before - 1].filter((index) => index >= 0));
      const keys = keysAt(pages.items, indexes);
      const after = anchorBefore(pages.items, indexes, before);
      const done = await pages.edit(
        (items) => items.splice(0, items.length, ...moved(items, indexes, before)),
        () => commitMove(keys, after),
      );
      if (!done) fail();
    },
    remove: async (indexes) => {
      await pages.ensure(indexes);
      const keys = keysAt(pages.items, indexes);
      const runs = runsOf(indexes, (index) => pages.items[index]?.id ?? null);
      for (let from = 0; from < keys.length; from += BATCH) {
        const batch = new Set(keys.slice(from, from + BATCH));
        const done = await pages.edit(
          (items) => items.splice(0, items.length, ...removed(items, (item) => batch.has(item?.key ?? ''))),
          () => commitRemove([...batch]),
        );
        if (!done) return fail();
      }
      const undo = async () => {
        for (const { at, ids } of runs) if (!(await commitAdd(ids, at))) return fail();
        pages.refresh();
      };
      toast(t('playlists:removed', { count: keys.length }), {
        action: { label: t('playlists:undo'), run: () => void undo() },
      });
    },
  };
}

const keysAt = (items: readonly (Entry | undefined)[], indexes: readonly number[]) =>
  indexes.flatMap((index) => items[index]?.key ?? []);

/** The entry that the moved ones come behind: the last one before the place that does not move itself. */
function anchorBefore(
  items: readonly (Entry | undefined)[],
  indexes: readonly number[],
  before: number,
): string | null {
  const going = new Set(indexes);
  let at = before - 1;
  while (going.has(at)) at -= 1;
  return items[at]?.key ?? null;
}

function useMove(playlistId: string) {
  const commit = usePromisedMutation<usePlaylistItemsMoveMutation>(graphql`
    mutation usePlaylistItemsMoveMutation($playlistId: ID!, $itemIds: [ID!]!, $after: ID) {
      movePlaylistItems(playlistId: $playlistId, itemIds: $itemIds, afterItemId: $after) {
        ...usePlaylistItems_edited
      }
    }
  `);
  return async (itemIds: readonly string[], after: string | null) => {
    let last = after;
    let version: number | null = null;
    for (let from = 0; from < itemIds.length; from += BATCH) {
      const batch = itemIds.slice(from, from + BATCH);
      const answer = await commit({ variables: { playlistId, itemIds: batch, after: last } });
      version = versionAfter(answer?.movePlaylistItems);
      if (version === null) return null;
      last = batch.at(-1) ?? last;
    }
    return version;
  };
}

/** Puts tracks at a place; gives whether it was done. */
function useAddAt(playlistId: string) {
  const commit = usePromisedMutation<usePlaylistItemsAddMutation>(graphql`
    mutation usePlaylistItemsAddMutation($playlistId: ID!, $trackIds: [ID!]!, $position: Int!) {
      addPlaylistItems(playlistId: $playlistId, trackIds: $trackIds, position: $position) {
        ...usePlaylistItems_edited
      }
    }
  `);
  return async (trackIds: readonly string[], position: number) =>
    versionAfter((await commit({ variables: { playlistId, trackIds, position } }))?.addPlaylistItems) !== null;
}

function useRemove(playlistId: string) {
  const commit = usePromisedMutation<usePlaylistItemsRemoveMutation>(graphql`
    mutation usePlaylistItemsRemoveMutation($playlistId: ID!, $itemIds: [ID!]!) {
      removePlaylistItems(playlistId: $playlistId, itemIds: $itemIds) {
        ...usePlaylistItems_edited
      }
    }
  `);
  return async (itemIds: readonly string[]) =>
    versionAfter((await commit({ variables: { playlistId, itemIds } }))?.removePlaylistItems);
}
