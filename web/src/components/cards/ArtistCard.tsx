import { graphql, useFragment } from 'react-relay';

import type { ArtistCard_artist$key } from './__generated__/ArtistCard_artist.graphql';
import { Card } from './Card';

/** An artist in a shelf or grid. */
export function ArtistCard({ artist }: { artist: ArtistCard_artist$key }) {
  const data = useFragment(
    graphql`
      fragment ArtistCard_artist on Artist {
        id
        name
        imageUrl
      }
    `,
    artist,
  );
  return (
    <Card
      title={data.name}
      url={data.imageUrl as string | null}
      shape="round"
      link={{ to: '/artists/$artistId', params: { artistId: data.id } }}
      plays={{ kind: 'ARTIST', id: data.id }}
    />
  );
}
