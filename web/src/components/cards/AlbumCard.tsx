import { graphql, useFragment } from 'react-relay';

import { ArtistNames } from '../tracks/ArtistNames';
import type { AlbumCard_album$key } from './__generated__/AlbumCard_album.graphql';
import { Card } from './Card';

/** An album in a shelf or grid. `detail`: its artists, or on an artist's own page its year. */
export function AlbumCard({ album, detail = 'artists' }: { album: AlbumCard_album$key; detail?: 'artists' | 'year' }) {
  const data = useFragment(
    graphql`
      fragment AlbumCard_album on Album {
        id
        title
        coverUrl
        releasedOn
        artists {
          ...ArtistNames_artists
        }
      }
    `,
    album,
  );
  return (
    <Card
      title={data.title}
      url={data.coverUrl as string | null}
      link={{ to: '/albums/$albumId', params: { albumId: data.id } }}
      plays={{ kind: 'ALBUM', id: data.id }}
      detail={detail === 'year' ? data.releasedOn?.slice(0, 4) : <ArtistNames artists={data.artists} />}
    />
  );
}
