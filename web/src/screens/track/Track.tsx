import { Link, useParams } from '@tanstack/react-router';
import { AudioLines, ListEnd, ListPlus, Radio, Share2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button, IconButton } from '../../components/controls/Button';
import { EmptyState } from '../../components/feedback/States';
import { Page, PageHeader, Section } from '../../components/layout/Page';
import { ArtistNames } from '../../components/tracks/ArtistNames';
import { LikeButton } from '../../components/tracks/LikeButton';
import { TrackList } from '../../components/tracks/TrackList';
import { useTrackActions } from '../../components/tracks/useTrackActions';
import { useFormat } from '../../i18n/useFormat';
import { SaveOffline } from '../../offline/SaveOffline';
import { openAddToPlaylist, openShare } from '../../shell/dialogs';
import type { TrackQuery } from './__generated__/TrackQuery.graphql';
import { DownloadMenu } from './DownloadMenu';
import styles from './Track.module.css';
import { TrackCredits } from './TrackCredits';
import { TrackLyrics } from './TrackLyrics';
import { TrackPlay } from './TrackPlay';
import { TrackWave } from './TrackWave';
import { useRadio } from './useRadio';

/** Screen 6: one track, with its shape, its words, who made it and what is like it. */
export default function Track() {
  const { trackId } = useParams({ from: '/app/tracks/$trackId' });
  const { t } = useTranslation(['music', 'common']);
  const format = useFormat();
  const actions = useTrackActions();
  const radio = useRadio();
  const { track } = useLazyLoadQuery<TrackQuery>(
    graphql`
      query TrackQuery($id: ID!) {
        track(id: $id) {
          id
          title
          durationMs
          explicit
          playable
          liked
          artists {
            ...ArtistNames_artists
          }
          album {
            id
            title
            coverUrl
          }
          similar(first: 12) {
            id
            ...TrackRow_track
          }
          ...TrackWave_track
          ...TrackLyrics_track
          ...TrackCredits_track
        }
      }
    `,
    { id: trackId },
    { fetchPolicy: 'store-and-network' },
  );
  if (!track) {
    return (
      <Page title={t('common:notFound.title')}>
        <EmptyState icon={AudioLines} title={t('common:trackGone')} />
      </Page>
    );
  }
  const header = (
    <PageHeader
      kind={t('common:kind.Track')}
      title={track.title}
      cover={{ url: track.album?.coverUrl as string | null }}
      meta={[
        <ArtistNames key="artists" artists={track.artists} />,
        track.album && (
          <Link key="album" to="/albums/$albumId" params={{ albumId: track.album.id }} dir="auto">
            {track.album.title}
          </Link>
        ),
        format.clock(track.durationMs),
        track.explicit && t('common:explicit'),
        track.playable === false && t('common:notPlayable'),
      ]}
      actions={
        <>
          <TrackPlay trackId={track.id} disabled={track.playable === false} />
          <Button size="l" icon={<Radio size={18} />} onClick={() => void radio(track.id)}>
            {t('music:track.radio')}
          </Button>
          <LikeButton trackId={track.id} liked={track.liked} size="m" />
          <IconButton
            label={t('common:addToQueue')}
            icon={<ListEnd size={20} />}
            onClick={() => void actions.enqueue([track.id])}
          />
          <IconButton
            label={t('common:addToPlaylist')}
            icon={<ListPlus size={20} />}
            onClick={() => openAddToPlaylist([track.id])}
          />
          <IconButton
            label={t('common:share')}
            icon={<Share2 size={20} />}
            onClick={() => openShare({ what: { trackIds: [track.id] }, title: track.title })}
          />
          <SaveOffline context={{ kind: 'TRACKS', trackIds: [track.id] }} disabled={track.playable === false} />
          <DownloadMenu trackId={track.id} />
        </>
      }
    />
  );
  return (
    <Page title={track.title} header={header}>
      <TrackWave track={track} />
      <div className={styles.columns}>
        <TrackLyrics track={track} />
        <TrackCredits track={track} />
      </div>
      {track.similar.length > 0 && (
        <Section title={t('music:track.similar')}>
          <TrackList
            label={t('music:track.similar')}
            items={track.similar.map((one) => ({ key: one.id, id: one.id, track: one }))}
            columns={{ cover: true, album: true }}
          />
        </Section>
      )}
    </Page>
  );
}
