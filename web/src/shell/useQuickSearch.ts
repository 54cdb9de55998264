import { useEffect, useState } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import type { useQuickSearchQuery } from './__generated__/useQuickSearchQuery.graphql';

const PAUSE_MS = 150;

/** Something that was found, as far as one line shows it. */
export interface Found {
  readonly type: 'Track' | 'Album' | 'Artist' | 'Playlist';
  readonly id: string;
  readonly title: string;
  readonly detail: string | null;
}

const query = graphql`
  query useQuickSearchQuery($query: String!) {
    search(query: $query, first: 8) {
      edges {
        node {
          __typename
          ... on Track {
            id
            title
            artists {
              name
            }
          }
          ... on Album {
            id
            title
            artists {
              name
            }
          }
          ... on Artist {
            id
            name
          }
          ... on Playlist {
            id
            title
          }
        }
      }
    }
  }
`;

type Node = NonNullable<NonNullable<useQuickSearchQuery['response']['search']>['edges'][number]['node']>;

function toFound(node: Node | null): Found[] {
  switch (node?.__typename) {
    case 'Track':
    case 'Album':
      return [{ type: node.__typename, id: node.id, title: node.title, detail: node.artists[0]?.name ?? null }];
    case 'Artist':
      return [{ type: 'Artist', id: node.id, title: node.name, detail: null }];
    case 'Playlist':
      return [{ type: 'Playlist', id: node.id, title: node.title, detail: null }];
    default:
      return [];
  }
}

const NONE: readonly Found[] = [];

/** The best of the library under these words, while they are typed. */
export function useQuickSearch(text: string): readonly Found[] {
  const environment = useRelayEnvironment();
  const [found, setFound] = useState(NONE);
  const words = text.trim();
  useEffect(() => {
    if (words === '') {
      setFound(NONE);
      return;
    }
    let fetching: { unsubscribe(): void } | undefined;
    const timer = setTimeout(() => {
      fetching = fetchQuery<useQuickSearchQuery>(environment, query, { query: words }).subscribe({
        next: (data) => setFound(data.search?.edges.flatMap((edge) => toFound(edge.node ?? null)) ?? NONE),
        error: () => setFound(NONE),
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      fetching?.unsubscribe();
    };
  }, [environment, words]);
  return found;
}
