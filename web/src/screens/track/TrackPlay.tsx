import { Pause, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { useIsSounding, useSeekIn } from '../../components/tracks/useTrackPlayback';
import { usePlayer } from '../../player/usePlayer';

/** Plays the track, or pauses it where it plays already. */
export function TrackPlay({ trackId, disabled }: { trackId: string; disabled: boolean }) {
  const { t } = useTranslation();
  const player = usePlayer();
  const { isCurrent } = useSeekIn(trackId);
  const isSounding = useIsSounding(trackId);
  const act = () => {
    if (isSounding) void player?.pause();
    else if (isCurrent) void player?.resume();
    else void player?.playTracks([trackId]);
  };
  return (
    <Button
      variant="primary"
      size="l"
      disabled={disabled}
      icon={isSounding ? <Pause size={20} fill="currentColor" /> : <Play size={20} fill="currentColor" />}
      onClick={act}
    >
      {isSounding ? t('pause') : t('play')}
    </Button>
  );
}
