import { Suspense } from 'react';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { Waveform } from '../../components/waveform/Waveform';
import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState, usePosition } from '../../player/usePlayer';
import type { SeekWaveQuery } from './__generated__/SeekWaveQuery.graphql';
import styles from './NowPlaying.module.css';

/** Where the music is, on the shape of its sound; a plain line until that is known, or where nobody knows it. */
export function SeekWave() {
  const trackId = usePlayerState((state) => state.track?.id ?? null);
  const line = <Wave points={null} />;
  if (trackId === null) return line;
  return (
    <ErrorBoundary resetKey={trackId} fallback={() => line}>
      <Suspense fallback={line}>
        <Loaded trackId={trackId} />
      </Suspense>
    </ErrorBoundary>
  );
}

function Loaded({ trackId }: { trackId: string }) {
  const { track } = useLazyLoadQuery<SeekWaveQuery>(
    graphql`
      query SeekWaveQuery($id: ID!) {
        track(id: $id) {
          waveform(points: 400)
        }
      }
    `,
    { id: trackId },
    { fetchPolicy: 'store-or-network' },
  );
  return <Wave points={track?.waveform ?? null} />;
}

function Wave({ points }: { points: readonly number[] | null }) {
  const format = useFormat();
  const player = usePlayer();
  const durationMs = usePlayerState((state) => state.durationMs);
  const position = usePosition();
  return (
    <div className={styles.seek}>
      <Waveform points={points} durationMs={durationMs} positionMs={position} onSeek={(ms) => void player?.seek(ms)} />
      <div className={styles.times} aria-hidden="true">
        <span>{format.clock(position)}</span>
        <span>{format.clock(durationMs)}</span>
      </div>
    </div>
  );
}
