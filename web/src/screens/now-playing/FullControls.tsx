import {
  ListMusic,
  MonitorSpeaker,
  Pause,
  Play,
  Repeat,
  Repeat1,
  Shuffle,
  SkipBack,
  SkipForward,
  Volume2,
  VolumeX,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../../components/controls/Button';
import { Slider } from '../../components/controls/Slider';
import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { togglePanel, useShell } from '../../shell/dialogs';
import styles from './NowPlaying.module.css';
import { SeekWave } from './SeekWave';

/** Everything that the bar at the lower edge can do, larger: this screen stands in its place. */
export function FullControls() {
  const { t } = useTranslation();
  return (
    <section className={styles.controls} aria-label={t('playerRegion')}>
      <SeekWave />
      <Transport />
      <Extras />
    </section>
  );
}

const NEXT_REPEAT = { OFF: 'ALL', ALL: 'ONE', ONE: 'OFF' } as const;

function Transport() {
  const { t } = useTranslation();
  const player = usePlayer();
  const isPlaying = usePlayerState((state) => state.status === 'PLAYING' || state.status === 'BUFFERING');
  const isBuffering = usePlayerState((state) => state.status === 'BUFFERING');
  const shuffle = usePlayerState((state) => state.shuffle);
  const repeat = usePlayerState((state) => state.repeat);
  return (
    // A tape runs from left to right in every language.
    <div className={styles.transport} role="group" aria-label={t('playerControls')} dir="ltr">
      <IconButton
        label={t('command.shuffle')}
        pressed={shuffle}
        icon={<Shuffle size={20} />}
        onClick={() => void player?.setShuffle(!shuffle)}
      />
      <IconButton
        size="l"
        label={t('previous')}
        icon={<SkipBack size={28} fill="currentColor" />}
        onClick={() => void player?.previous()}
      />
      <IconButton
        variant="solid"
        size="l"
        className={styles.play ?? ''}
        label={isPlaying ? t('pause') : t('play')}
        aria-busy={isBuffering || undefined}
        icon={isPlaying ? <Pause size={30} fill="currentColor" /> : <Play size={30} fill="currentColor" />}
        onClick={() => void (isPlaying ? player?.pause() : player?.resume())}
      />
      <IconButton
        size="l"
        label={t('next')}
        icon={<SkipForward size={28} fill="currentColor" />}
        onClick={() => void player?.next()}
      />
      <IconButton
        label={t(`repeat.${repeat}`)}
        pressed={repeat !== 'OFF'}
        icon={repeat === 'ONE' ? <Repeat1 size={20} /> : <Repeat size={20} />}
        onClick={() => void player?.setRepeat(NEXT_REPEAT[repeat])}
      />
    </div>
  );
}

function Extras() {
  const { t } = useTranslation();
  const format = useFormat();
  const player = usePlayer();
  const panel = useShell((state) => state.panel);
  const volume = usePlayerState((state) => state.volumePercent);
  const [unmuted, setUnmuted] = useState(50);
  const mute = () => {
    if (volume > 0) setUnmuted(volume);
    void player?.setVolume(volume > 0 ? 0 : unmuted);
  };
  return (
    <div className={styles.extras}>
      <div className={styles.volume}>
        <IconButton
          label={volume === 0 ? t('unmute') : t('command.mute')}
          icon={volume === 0 ? <VolumeX size={20} /> : <Volume2 size={20} />}
          onClick={mute}
        />
        <Slider
          label={t('volume')}
          value={volume}
          max={100}
          valueText={format.percent(volume / 100)}
          onChange={(value) => void player?.setVolume(value)}
        />
      </div>
      <IconButton
        label={t('command.queue')}
        pressed={panel === 'queue'}
        icon={<ListMusic size={20} />}
        onClick={() => togglePanel('queue')}
      />
      <IconButton
        label={t('command.devices')}
        pressed={panel === 'devices'}
        icon={<MonitorSpeaker size={20} />}
        onClick={() => togglePanel('devices')}
      />
    </div>
  );
}
