import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { namesOf } from '../../components/tracks/joinNames';
import { useFormat } from '../../i18n/useFormat';
import type { SharedTrack_track$key } from './__generated__/SharedTrack_track.graphql';
import styles from './Shared.module.css';

interface SharedTrackProps {
  readonly track: SharedTrack_track$key | null | undefined;
  readonly index: number;
  /** Given when the viewer is signed in, and can go where it plays. */
  readonly trackId?: string | undefined;
}

/** A row of what was shared: to be read, for nobody has to be signed in here. */
export function SharedTrack({ track: key, index, trackId }: SharedTrackProps) {
  const { t } = useTranslation('common');
  const format = useFormat();
  const track = useFragment(
    graphql`
      fragment SharedTrack_track on Track {
        title
        durationMs
        explicit
        artists {
          name
        }
        album {
          title
          coverUrl
        }
      }
    `,
    key,
  );
  return (
    <li>
      <span className={styles.number}>{format.count(index + 1)}</span>
      <Cover
        url={track?.album?.coverUrl as string | null}
        title={track?.album?.title ?? track?.title ?? ''}
        sizes="3rem"
      />
      <div>
        <strong dir="auto">
          {track && trackId ? (
            <Link to="/tracks/$trackId" params={{ trackId }}>
              {track.title}
            </Link>
          ) : (
            (track?.title ?? t('trackGone'))
          )}
        </strong>
        <small dir="auto">{track && namesOf(track.artists)}</small>
      </div>
      <small dir="auto" className={styles.album}>
        {track?.album?.title}
      </small>
      <small>{track ? format.clock(track.durationMs) : ''}</small>
    </li>
  );
}
