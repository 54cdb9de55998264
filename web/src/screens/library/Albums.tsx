import { Disc3 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';
import type { AlbumCard_album$key } from '../../components/cards/__generated__/AlbumCard_album.graphql';
import { AlbumCard } from '../../components/cards/AlbumCard';
import { useLibraryChanges } from '../../relay/useLibraryChanges';
import { pageOf, usePages } from '../../relay/usePages';
import type { AlbumsSavedQuery } from './__generated__/AlbumsSavedQuery.graphql';
import { byText } from './arrange';
import { LibraryGrid } from './LibraryGrid';

const query = graphql`
  query AlbumsSavedQuery($first: Int!, $offset: Int!) {
    viewer {
      library {
        version
        savedAlbums(first: $first, offset: $offset) {
          totalCount
          pageInfo {
            endCursor
            hasNextPage
          }
          edges {
            cursor
            node {
              id
              title
              releasedOn
              artists {
                name
              }
              ...AlbumCard_album
            }
          }
        }
      }
    }
  }
`;

const SORTS = ['added', 'title', 'artist', 'released'] as const;
type Sort = (typeof SORTS)[number];

interface Saved {
  readonly key: string;
  readonly album: AlbumCard_album$key | null | undefined;
  readonly title: string;
  readonly artist: string;
  readonly releasedOn: string;
}

function read(data: AlbumsSavedQuery['response']) {
  const library = data.viewer?.library;
  return pageOf(
    library?.savedAlbums,
    library?.version,
    ({ cursor, node }): Saved => ({
      key: node?.id ?? cursor,
      album: node,
      title: node?.title ?? '',
      artist: node?.artists.map(({ name }) => name).join(' ') ?? '',
      releasedOn: node?.releasedOn ?? '',
    }),
  );
}

const NO_VARIABLES = {};
const words = (saved: Saved) => `${saved.title} ${saved.artist}`;

function comparison(sort: Sort): ((a: Saved, b: Saved) => number) | null {
  if (sort === 'added') return null;
  if (sort === 'released') return (a, b) => b.releasedOn.localeCompare(a.releasedOn);
  return byText((saved) => saved[sort]);
}

/** Screen 8: the albums that the viewer saved. */
export default function Albums() {
  const { t } = useTranslation(['library', 'common']);
  const view = usePages<AlbumsSavedQuery, Saved>({ query, variables: NO_VARIABLES, by: 'offset', read });
  useLibraryChanges(view.pages.seen);
  return (
    <LibraryGrid
      title={t('library:albums')}
      icon={Disc3}
      view={view}
      words={words}
      sorts={SORTS.map((value) => ({ value, label: t(`library:sort.${value}`) }))}
      firstSort={SORTS[0]}
      comparison={comparison}
      summary={(count) => t('library:albumCount', { count })}
      none={{ title: t('library:noAlbums.title'), body: t('library:noAlbums.body') }}
      card={({ album }) => album && <AlbumCard album={album} />}
    />
  );
}
