import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { MoreButton } from '../../components/controls/MoreButton';
import { Page, PageHeader } from '../../components/layout/Page';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import { useSession } from '../../session/SessionProvider';
import type { SharedMusic_album$key } from './__generated__/SharedMusic_album.graphql';
import type { SharedMusic_albumTracks$key } from './__generated__/SharedMusic_albumTracks.graphql';
import type { SharedMusic_tracks$key } from './__generated__/SharedMusic_tracks.graphql';
import type { SharedMusicQuery } from './__generated__/SharedMusicQuery.graphql';
import { Expired } from './Expired';
import { LinkButton } from './LinkButton';
import styles from './Shared.module.css';
import { SharedTrack } from './SharedTrack';
import { SignInToListen } from './SignInToListen';

const PAGE = 100;

/** Screen 20: an album or tracks by a share link, for whoever has it, signed in or not. */
export default function SharedMusic() {
  const { token } = useParams({ from: '/open/s/m/$token' });
  const { share } = useLazyLoadQuery<SharedMusicQuery>(
    graphql`
      query SharedMusicQuery($token: String!) {
        share(token: $token) {
          id
          album {
            ...SharedMusic_album
          }
          tracks {
            ...SharedMusic_tracks
          }
        }
      }
    `,
    { token },
  );
  if (share?.album) return <SharedAlbum album={share.album} next={`/s/m/${token}`} />;
  if (!share || share.tracks.length === 0) return <Expired />;
  return <ChosenTracks tracks={share.tracks} next={`/s/m/${token}`} />;
}

function SharedAlbum({ album, next }: { album: SharedMusic_album$key; next: string }) {
  const { t } = useTranslation(['playlists', 'music', 'common']);
  const format = useFormat();
  const isSignedIn = useSession().status === 'signedIn';
  const data = useFragment(
    graphql`
      fragment SharedMusic_album on Album {
        id
        title
        kind
        coverUrl
        releasedOn
        trackCount
        durationMs
        artists {
          name
        }
        ...SharedMusic_albumTracks
      }
    `,
    album,
  );
  const header = (
    <PageHeader
      kind={t(`music:albumKind.${data.kind}`)}
      title={data.title}
      cover={{ url: data.coverUrl as string | null }}
      meta={[
        namesOf(data.artists),
        data.releasedOn && format.partialDate(data.releasedOn),
        t('common:trackCount', { count: data.trackCount }),
        format.duration(data.durationMs),
      ]}
      actions={
        isSignedIn ? (
          <LinkButton to="/albums/$albumId" params={{ albumId: data.id }} isPrimary>
            {t('playlists:musicLink.listen')}
          </LinkButton>
        ) : (
          <SignInToListen next={next} />
        )
      }
    />
  );
  return (
    <Page title={data.title} header={header}>
      <AlbumTracks album={data} label={t('music:tracksOf', { title: data.title })} />
    </Page>
  );
}

function AlbumTracks({ album, label }: { album: SharedMusic_albumTracks$key; label: string }) {
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment(
    graphql`
      fragment SharedMusic_albumTracks on Album
      @refetchable(queryName: "SharedMusicAlbumTracksQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        tracks(first: $count, after: $after) @connection(key: "SharedMusic_tracks") {
          edges {
            node {
              id
              ...SharedTrack_track
            }
          }
        }
      }
    `,
    album,
  );
  const tracks = data.tracks.edges.flatMap(({ node }) => (node ? [node] : []));
  return (
    <section aria-label={label}>
      <ol className={styles.tracks}>
        {tracks.map((track, index) => (
          <SharedTrack key={track.id} track={track} index={index} />
        ))}
      </ol>
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </section>
  );
}

function ChosenTracks({ tracks, next }: { tracks: SharedMusic_tracks$key; next: string }) {
  const { t } = useTranslation(['playlists', 'music', 'common']);
  const format = useFormat();
  const isSignedIn = useSession().status === 'signedIn';
  const data = useFragment(
    graphql`
      fragment SharedMusic_tracks on Track @relay(plural: true) {
        id
        title
        durationMs
        coverUrl
        artists {
          name
        }
        ...SharedTrack_track
      }
    `,
    tracks,
  );
  const first = data[0];
  const count = t('common:trackCount', { count: data.length });
  const title = data.length === 1 ? (first?.title ?? count) : count;
  const header = (
    <PageHeader
      kind={t('playlists:musicLink.kind')}
      title={title}
      cover={{ url: (data.find(({ coverUrl }) => coverUrl)?.coverUrl as string | undefined) ?? null }}
      meta={[
        data.length === 1 && first && namesOf(first.artists),
        format.duration(data.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      ]}
      actions={
        !isSignedIn ? (
          <SignInToListen next={next} />
        ) : data.length === 1 && first ? (
          <LinkButton to="/tracks/$trackId" params={{ trackId: first.id }} isPrimary>
            {t('playlists:musicLink.listen')}
          </LinkButton>
        ) : null
      }
    />
  );
  return (
    <Page title={title} header={header}>
      <section aria-label={title}>
        <ol className={styles.tracks}>
          {data.map((track, index) => (
            <SharedTrack key={track.id} track={track} index={index} trackId={isSignedIn ? track.id : undefined} />
          ))}
        </ol>
      </section>
    </Page>
  );
}
