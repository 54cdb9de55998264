import { useParams } from '@tanstack/react-router';
import { ListPlus, Share2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { IconButton } from '../../components/controls/Button';
import { Page, PageHeader } from '../../components/layout/Page';
import { Shelf } from '../../components/layout/Shelf';
import { ArtistNames } from '../../components/tracks/ArtistNames';
import { PlayActions } from '../../components/tracks/PlayActions';
import { TrackList } from '../../components/tracks/TrackList';
import { toListed } from '../../components/tracks/toListed';
import { useFormat } from '../../i18n/useFormat';
import { useLoadOnNeed } from '../../relay/useLoadOnNeed';
import { openAddToPlaylist, openShare } from '../../shell/dialogs';
import { NotFound } from '../../shell/NotFound';
import type { Album_album$key } from './__generated__/Album_album.graphql';
import type { Album_tracks$key } from './__generated__/Album_tracks.graphql';
import type { AlbumQuery } from './__generated__/AlbumQuery.graphql';
import { SaveButton } from './SaveButton';

/** Screen 5: an album with its tracks, and more of its artist. */
export default function Album() {
  const { albumId } = useParams({ from: '/app/albums/$albumId' });
  const data = useLazyLoadQuery<AlbumQuery>(
    graphql`
      query AlbumQuery($id: ID!) {
        album(id: $id) {
          id
          title
          ...Album_album
          artists {
            id
            name
            albums(first: 12) {
              edges {
                node {
                  id
                  ...AlbumCard_album
                }
              }
            }
          }
        }
      }
    `,
    { id: albumId },
    { fetchPolicy: 'store-and-network' },
  );
  const { t } = useTranslation('music');
  if (!data.album) return <NotFound />;
  const artist = data.album.artists[0];
  const others = artist?.albums.edges.flatMap(({ node }) => (node && node.id !== albumId ? [node] : [])) ?? [];
  return (
    <Page title={data.album.title} header={<AlbumHead album={data.album} />}>
      {others.length > 0 && artist && (
        <Shelf title={t('moreOf', { name: artist.name })}>
          {others.map((album) => (
            <AlbumCard key={album.id} album={album} detail="year" />
          ))}
        </Shelf>
      )}
    </Page>
  );
}

function AlbumHead({ album }: { album: Album_album$key }) {
  const { t } = useTranslation('music');
  const { t: common } = useTranslation();
  const format = useFormat();
  const data = useFragment(
    graphql`
      fragment Album_album on Album {
        id
        title
        kind
        coverUrl
        releasedOn
        durationMs
        trackCount
        status
        ...SaveButton_album
        ...Album_tracks
        artists {
          ...ArtistNames_artists
        }
        genres {
          name
        }
      }
    `,
    album,
  );
  return (
    <>
      <PageHeader
        kind={data.status === 'WITHDRAWN' ? t('withdrawn') : t(`albumKind.${data.kind}`)}
        title={data.title}
        cover={{ url: data.coverUrl as string | null }}
        meta={[
          <ArtistNames key="artists" artists={data.artists} />,
          data.releasedOn && format.partialDate(data.releasedOn),
          common('trackCount', { count: data.trackCount }),
          format.duration(data.durationMs),
          data.genres.map((genre) => genre.name).join(', '),
        ]}
        actions={
          <>
            <PlayActions context={{ kind: 'ALBUM', id: data.id }} disabled={data.trackCount === 0} />
            <SaveButton album={data} />
            <IconButton
              size="l"
              label={common('addToPlaylist')}
              icon={<ListPlus size={22} />}
              disabled={data.trackCount === 0}
              onClick={() => openAddToPlaylist({ albumId: data.id })}
            />
            <IconButton
              size="l"
              label={common('share')}
              icon={<Share2 size={22} />}
              disabled={data.status === 'WITHDRAWN'}
              onClick={() => openShare({ what: { albumId: data.id }, title: data.title })}
            />
          </>
        }
      />
      <AlbumTracks album={data} label={t('tracksOf', { title: data.title })} />
    </>
  );
}

function AlbumTracks({ album, label }: { album: Album_tracks$key; label: string }) {
  const { data, ...paged } = usePaginationFragment(
    graphql`
      fragment Album_tracks on Album
      @refetchable(queryName: "AlbumTracksQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        id
        discs {
          number
        }
        tracks(first: $count, after: $after) @connection(key: "Album_tracks") {
          totalCount
          edges {
            node {
              id
              ...TrackRow_track
            }
          }
        }
      }
    `,
    album,
  );
  return (
    <TrackList
      label={label}
      items={toListed(data.tracks.edges)}
      totalCount={data.tracks.totalCount}
      columns={{ number: 'track', disc: data.discs.length > 1 }}
      context={{ kind: 'ALBUM', id: data.id }}
      onNeed={useLoadOnNeed(paged)}
    />
  );
}
