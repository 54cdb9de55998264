import { Play, Shuffle } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { SaveOffline } from '../../offline/SaveOffline';
import type { PlayContext } from '../../player/types';
import { usePlayer } from '../../player/usePlayer';
import { Button } from '../controls/Button';

/** Plays what a page is about: in its order, or in any. Whether it is shuffled is said first, since a shuffled queue begins anywhere. */
export function PlayActions({ context, disabled }: { context: PlayContext; disabled?: boolean }) {
  const { t } = useTranslation();
  const player = usePlayer();
  const start = (shuffle: boolean) => void player?.play(context, null, { shuffle });
  return (
    <>
      <Button
        variant="primary"
        size="l"
        icon={<Play size={20} fill="currentColor" />}
        disabled={disabled}
        onClick={() => start(false)}
      >
        {t('play')}
      </Button>
      <Button size="l" icon={<Shuffle size={18} />} disabled={disabled} onClick={() => start(true)}>
        {t('shufflePlay')}
      </Button>
      {context.kind !== 'SEARCH' && context.kind !== 'TRACKS' && <SaveOffline context={context} disabled={disabled} />}
    </>
  );
}
