import { graphql, readInlineData } from 'relay-runtime';

import type { issueThings_item$key } from './__generated__/issueThings_item.graphql';
import type { ChosenRow } from './ChosenList';

/** An artist, album or track of which something may be wrong: a row that leads to where it is edited. */
export interface IssueThing extends ChosenRow {
  readonly kind: 'Artist' | 'Album' | 'Track';
  /** What tells it from others of its name: people, and the album or the year. */
  readonly parts: readonly string[];
  readonly durationMs: number | null;
  /** Of artists and albums. */
  readonly trackCount: number | null;
}

const fragment = graphql`
  fragment issueThings_item on ShelfItem @inline {
    __typename
    ... on Artist {
      id
      name
      version
      trackCount
    }
    ... on Album {
      id
      title
      status
      version
      releasedOn
      trackCount
      artists {
        name
      }
    }
    ... on Track {
      id
      title
      status
      version
      durationMs
      artists {
        name
      }
      album {
        title
      }
    }
  }
`;

/** A thing out of an issue; null for a kind that the page does not know. */
export function thingOf(key: issueThings_item$key): IssueThing | null {
  const item = readInlineData(fragment, key);
  const names = 'artists' in item ? (item.artists?.map(({ name }) => name) ?? []) : [];
  switch (item.__typename) {
    case 'Artist':
      return {
        ...{ kind: 'Artist', id: item.id, name: item.name, version: item.version, trackCount: item.trackCount },
        ...{ to: '/studio/artists/$artistId', parts: [], durationMs: null },
      };
    case 'Album':
      return {
        ...{ kind: 'Album', id: item.id, name: item.title, version: item.version, trackCount: item.trackCount },
        ...{ to: '/studio/albums/$albumId', status: item.status, durationMs: null },
        parts: [...names, ...(item.releasedOn ? [item.releasedOn.slice(0, 4)] : [])],
      };
    case 'Track':
      return {
        ...{ kind: 'Track', id: item.id, name: item.title, version: item.version, trackCount: null },
        ...{ to: '/studio/tracks/$trackId', status: item.status, durationMs: item.durationMs },
        parts: [...names, ...(item.album ? [item.album.title] : [])],
      };
    default:
      return null;
  }
}
