import { Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRelayEnvironment } from 'react-relay';

import { IconButton } from '../../components/controls/Button';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import type { ServerUpload } from '../../uploads/types';

/** Plays what there is of it already: its tracks, or the file beside the queue until there is a track. */
export function PlayUpload({ server }: { server: ServerUpload | null }) {
  const { t } = useTranslation();
  const player = usePlayer();
  const [isListening, setListening] = useState(false);
  const track = server?.track ?? server?.duplicateOf ?? server?.cuts[0]?.track;
  const isPlayable = server?.state === 'READY' || server?.duplicateOf || (server?.job?.playableUntilMs ?? 0) > 0;
  if (!server || !isPlayable) return null;
  // What sounds goes on when its track is there.
  if (isListening || !track)
    return <Listen uploadId={server.id} isListening={isListening} setListening={setListening} />;
  const ids = server.cuts.length ? server.cuts.flatMap((cut) => cut.track?.id ?? []) : [track.id];
  return (
    <IconButton
      label={t('play')}
      icon={<Play size={20} fill="currentColor" />}
      onClick={() => void player?.playTracks(ids)}
    />
  );
}

interface ListenProps {
  readonly uploadId: string;
  readonly isListening: boolean;
  readonly setListening: (is: boolean) => void;
}

function Listen({ uploadId, isListening, setListening }: ListenProps) {
  const { t } = useTranslation();
  const environment = useRelayEnvironment();
  const player = usePlayer();
  const playsHere = usePlayerState((state) => state.playsHere && state.status === 'PLAYING');
  const stop = useRef<(() => void) | null>(null);
  const end = () => {
    stop.current?.();
    stop.current = null;
    setListening(false);
  };
  useEffect(() => () => stop.current?.(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever begins the queue wants to hear it
  useEffect(() => {
    if (playsHere && stop.current) end();
  }, [playsHere]);
  const begin = async () => {
    setListening(true);
    const [{ listenToUpload }] = await Promise.all([
      import('../../player/listenToUpload'),
      playsHere ? player?.pause() : undefined,
    ]);
    stop.current ??= listenToUpload(environment, uploadId, end);
  };
  return isListening ? (
    <IconButton label={t('pause')} icon={<Pause size={20} fill="currentColor" />} onClick={end} />
  ) : (
    <IconButton
      label={t('play')}
      icon={<Play size={20} fill="currentColor" />}
      onClick={() => void begin().catch(end)}
    />
  );
}
