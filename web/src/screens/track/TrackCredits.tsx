import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Section } from '../../components/layout/Page';
import { ArtistNames } from '../../components/tracks/ArtistNames';
import { useFormat } from '../../i18n/useFormat';
import type { TrackCredits_track$key } from './__generated__/TrackCredits_track.graphql';
import styles from './Track.module.css';

/** Who made a track, where it stands, and its figures. */
export function TrackCredits({ track }: { track: TrackCredits_track$key }) {
  const { t } = useTranslation('music');
  const format = useFormat();
  const data = useFragment(
    graphql`
      fragment TrackCredits_track on Track {
        isrc
        playCount
        discNumber
        trackNumber
        genres {
          name
          slug
        }
        artists {
          ...ArtistNames_artists
        }
        album {
          id
          title
          releasedOn
        }
        loudness {
          integratedLufs
          truePeakDbtp
        }
      }
    `,
    track,
  );
  const { album, loudness } = data;
  const rows: readonly (readonly [string, ReactNode])[] = [
    [t('track.artists'), <ArtistNames key="artists" artists={data.artists} />],
    [
      t('track.album'),
      album && (
        <Link to="/albums/$albumId" params={{ albumId: album.id }} dir="auto">
          {album.title}
        </Link>
      ),
    ],
    [
      t('track.number'),
      data.trackNumber && t('track.numberOnDisc', { number: data.trackNumber, disc: data.discNumber ?? 1 }),
    ],
    [t('track.released'), album?.releasedOn && format.partialDate(album.releasedOn)],
    [
      t('track.genres'),
      data.genres.length > 0 &&
        data.genres.map((genre, index) => (
          <Fragment key={genre.slug}>
            {index > 0 && ' · '}
            <Link to="/genres/$slug" params={{ slug: genre.slug }}>
              {genre.name}
            </Link>
          </Fragment>
        )),
    ],
    [t('track.plays'), format.count(data.playCount)],
    [
      t('track.loudness'),
      loudness &&
        t('track.loudnessValue', { lufs: loudness.integratedLufs.toFixed(1), peak: loudness.truePeakDbtp.toFixed(1) }),
    ],
    [t('track.isrc'), data.isrc],
  ];
  return (
    <Section title={t('track.credits')}>
      <dl className={styles.credits}>
        {rows.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </Section>
  );
}
