import { graphql, useFragment } from 'react-relay';
import { useSeekIn } from '../../components/tracks/useTrackPlayback';
import { Waveform } from '../../components/waveform/Waveform';
import { useFormat } from '../../i18n/useFormat';
import { usePosition } from '../../player/usePlayer';
import type { TrackWave_track$key } from './__generated__/TrackWave_track.graphql';
import styles from './Track.module.css';

/** The track's shape as a seek bar. Nothing of the sound is fetched for it. */
export function TrackWave({ track }: { track: TrackWave_track$key }) {
  const format = useFormat();
  const data = useFragment(
    graphql`
      fragment TrackWave_track on Track {
        id
        durationMs
        waveform(points: 400)
      }
    `,
    track,
  );
  const { isCurrent, seek } = useSeekIn(data.id);
  const position = usePosition();
  const positionMs = isCurrent ? position : null;
  return (
    <div>
      <Waveform points={data.waveform ?? null} durationMs={data.durationMs} positionMs={positionMs} onSeek={seek} />
      <div className={styles.times} aria-hidden="true">
        <span>{format.clock(positionMs ?? 0)}</span>
        <span>{format.clock(data.durationMs)}</span>
      </div>
    </div>
  );
}
