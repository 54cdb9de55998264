import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { ArtistCard } from '../../components/cards/ArtistCard';
import { Shelf } from '../../components/layout/Shelf';
import type { HomeShelf_shelf$key } from './__generated__/HomeShelf_shelf.graphql';

/** Where all of a shelf's kind is. */
const WHOLE = { CONTINUE_LISTENING: '/history', NEW_ALBUMS: '/explore', POPULAR_ALBUMS: '/explore' } as const;

/** A shelf of albums or artists, as the server has filled it. */
export function HomeShelf({ shelf }: { shelf: HomeShelf_shelf$key }) {
  const { t } = useTranslation('home');
  const { t: common } = useTranslation();
  const { kind, items } = useFragment(
    graphql`
      fragment HomeShelf_shelf on Shelf {
        kind
        items {
          __typename
          ... on Album {
            id
            ...AlbumCard_album @alias(as: "album")
          }
          ... on Artist {
            id
            ...ArtistCard_artist @alias(as: "artist")
          }
        }
      }
    `,
    shelf,
  );
  if (kind === 'RECOMMENDED' || kind === 'WEEKLY_CHART') return null;
  const whole = kind === 'RECENT_ARTISTS' ? undefined : WHOLE[kind];
  return (
    <Shelf title={t(`shelf.${kind}`)} action={whole && <Link to={whole}>{common('showAll')}</Link>}>
      {items.flatMap((item) => {
        if (item.__typename === 'Album' && item.album) return <AlbumCard key={item.id} album={item.album} />;
        if (item.__typename === 'Artist' && item.artist) return <ArtistCard key={item.id} artist={item.artist} />;
        return [];
      })}
    </Shelf>
  );
}
