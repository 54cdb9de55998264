import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import { ArtistNames } from '../tracks/ArtistNames';
import type { TrackCard_track$key } from './__generated__/TrackCard_track.graphql';
import { Card } from './Card';

/** A track in a shelf. `detail`: why it is there, instead of its artists. */
export function TrackCard({ track, detail }: { track: TrackCard_track$key; detail?: ReactNode }) {
  const data = useFragment(
    graphql`
      fragment TrackCard_track on Track {
        id
        title
        album {
          coverUrl
        }
        artists {
          ...ArtistNames_artists
        }
      }
    `,
    track,
  );
  return (
    <Card
      title={data.title}
      url={data.album?.coverUrl as string | null | undefined}
      link={{ to: '/tracks/$trackId', params: { trackId: data.id } }}
      plays={{ kind: 'TRACKS', trackIds: [data.id] }}
      detail={detail ?? <ArtistNames artists={data.artists} />}
    />
  );
}
