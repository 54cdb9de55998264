import { usePlayer, usePlayerState } from '../../player/usePlayer';

/** Goes to a place in a track: in what plays, or by playing it from there. */
export function useSeekIn(trackId: string): { isCurrent: boolean; seek: (positionMs: number) => void } {
  const player = usePlayer();
  const isCurrent = usePlayerState((state) => state.track?.id === trackId);
  const seek = async (positionMs: number) => {
    if (!isCurrent) await player?.playTracks([trackId]);
    await player?.seek(positionMs);
  };
  return { isCurrent, seek: (positionMs) => void seek(positionMs) };
}

/** Whether it is this track that sounds. */
export function useIsSounding(trackId: string): boolean {
  return usePlayerState(
    (state) => state.track?.id === trackId && (state.status === 'PLAYING' || state.status === 'BUFFERING'),
  );
}
