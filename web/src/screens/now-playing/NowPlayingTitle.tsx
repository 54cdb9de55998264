import { Link } from '@tanstack/react-router';

import { joinNames } from '../../components/tracks/joinNames';
import { LikeButton } from '../../components/tracks/LikeButton';
import type { TrackMeta } from '../../player/types';
import { useLikedOfCurrent } from '../../shell/useToggleLikeOfCurrent';
import styles from './NowPlaying.module.css';

/** What it is called, whose it is, and whether it is liked. */
export function NowPlayingTitle({ track }: { track: TrackMeta }) {
  const { trackId, liked } = useLikedOfCurrent();
  return (
    <div className={styles.heading}>
      <div className={styles.words}>
        <h1>
          <Link to="/tracks/$trackId" params={{ trackId: track.id }}>
            <bdi>{track.title}</bdi>
          </Link>
        </h1>
        <p>
          {joinNames(track.artists, (artist) => artist.name).map(({ item, before }) => (
            <span key={item.id}>
              {before}
              <Link to="/artists/$artistId" params={{ artistId: item.id }} dir="auto">
                {item.name}
              </Link>
            </span>
          ))}
          {track.album && (
            <>
              {track.artists.length > 0 && ' · '}
              <Link to="/albums/$albumId" params={{ albumId: track.album.id }} dir="auto">
                {track.album.title}
              </Link>
            </>
          )}
        </p>
      </div>
      {trackId && <LikeButton trackId={trackId} liked={liked} size="m" />}
    </div>
  );
}
