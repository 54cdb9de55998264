import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import { usePlayer } from '../../player/usePlayer';
import type { useQueueTrackIdsQuery } from './__generated__/useQueueTrackIdsQuery.graphql';

const PAGE = 100;

type Page = NonNullable<NonNullable<NonNullable<useQueueTrackIdsQuery['response']['viewer']>['playback']>['queue']>;

/** The tracks of the whole queue, in order: those that the player knows, or where it knows a part only, as the server has it. Null: it did not say. */
export function useQueueTrackIds(): () => Promise<readonly string[] | null> {
  const environment = useRelayEnvironment();
  const player = usePlayer();
  return async () => {
    const queue = player?.getSnapshot().queue;
    if (!queue) return null;
    if (queue.offset === 0 && queue.entries.length === queue.totalCount)
      return queue.entries.flatMap(({ track }) => track?.id ?? []);
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const data: useQueueTrackIdsQuery['response'] | null | undefined = await fetchQuery<useQueueTrackIdsQuery>(
        environment,
        graphql`
          query useQueueTrackIdsQuery($first: Int!, $after: String) {
            viewer {
              playback {
                queue(first: $first, after: $after) {
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
          }
        `,
        { first: PAGE, after },
        { fetchPolicy: 'network-only' },
      )
        .toPromise()
        .catch(() => null);
      const page: Page | undefined = data?.viewer?.playback?.queue;
      if (!page) return null;
      ids.push(...page.edges.flatMap(({ node }) => node.track?.id ?? []));
      after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
    } while (after);
    return ids;
  };
}
