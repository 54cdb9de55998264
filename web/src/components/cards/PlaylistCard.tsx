import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import type { PlaylistCard_playlist$key } from './__generated__/PlaylistCard_playlist.graphql';
import { Card } from './Card';
import { faceUrl } from './faceUrl';

/** A playlist in a shelf or grid. */
export function PlaylistCard({ playlist }: { playlist: PlaylistCard_playlist$key }) {
  const { t } = useTranslation();
  const data = useFragment(
    graphql`
      fragment PlaylistCard_playlist on Playlist {
        id
        title
        itemCount
        picture {
          id
          url
        }
      }
    `,
    playlist,
  );
  return (
    <Card
      title={data.title}
      url={faceUrl(data)}
      link={{ to: '/playlists/$playlistId', params: { playlistId: data.id } }}
      plays={{ kind: 'PLAYLIST', id: data.id }}
      detail={t('trackCount', { count: data.itemCount })}
    />
  );
}
