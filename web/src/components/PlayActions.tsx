import { Play, Shuffle } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { SaveOffline } from '../offline/SaveOffline';
import type { PlayContext } from '../player/types';
import { usePlayer } from '../player/usePlayer';
import { Button } from './controls/Button';

/** The two ways to play all of a page: in order, or shuffled. */
export function PlayActions({ context, disabled }: { context: PlayContext; disabled?: boolean }) {
  const { t } = useTranslation();
  const player = usePlayer();
  const play = async (shuffle: boolean) => {
    const done = await player?.play(context);
    if (done?.ok) await player?.setShuffle(shuffle);
  };
  return (
    <>
      <Button
        variant="primary"
        size="l"
        icon={<Play size={20} fill="currentColor" />}
        disabled={disabled}
        onClick={() => void play(false)}
      >
        {t('play')}
      </Button>
      <Button size="l" icon={<Shuffle size={18} />} disabled={disabled} onClick={() => void play(true)}>
        {t('shufflePlay')}
      </Button>
      {context.kind !== 'SEARCH' && context.kind !== 'TRACKS' && <SaveOffline context={context} disabled={disabled} />}
    </>
  );
}
