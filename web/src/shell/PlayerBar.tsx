import { Link } from '@tanstack/react-router';
import {
  ListMusic,
  Maximize2,
  MicVocal,
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
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Cover } from '../components/cards/Cover';
import { IconButton } from '../components/controls/Button';
import { Slider } from '../components/controls/Slider';
import { Late } from '../components/feedback/Late';
import { lazyAgain } from '../components/feedback/lazyAgain';
import { toast } from '../components/feedback/toasts';
import { joinNames } from '../components/tracks/joinNames';
import { LikeButton } from '../components/tracks/LikeButton';
import { useFormat } from '../i18n/useFormat';
import { usePlayer, usePlayerState, usePosition } from '../player/usePlayer';
import { togglePanel, useShell } from './dialogs';
import { setSongTitle } from './documentTitle';
import styles from './PlayerBar.module.css';
import { isPartyLeft } from './partyLeft';
import { useLikedOfCurrent } from './useToggleLikeOfCurrent';

const PrivateSign = lazyAgain(() => import('../components/playing/PrivateSign'));

/** What plays and how, at the lower edge of every screen. */
export function PlayerBar() {
  const { t } = useTranslation();
  usePlayerErrors();
  usePartyEnd();
  useSongTitle();
  return (
    <section aria-label={t('playerRegion')} className={styles.bar}>
      <NowPlaying />
      {/* A tape runs from left to right in every language. */}
      <div className={styles.centre} dir="ltr">
        <Transport />
        <SeekBar />
      </div>
      <Extras />
    </section>
  );
}

/** Says each error of the player once: of bytes that do not come only when nothing is left to play, and not at each attempt. */
function usePlayerErrors() {
  const { t } = useTranslation('player');
  const error = usePlayerState((state) => state.error);
  const isSilent = usePlayerState((state) => state.status === 'BUFFERING');
  const reason = !error || (error.retrying && !isSilent) ? null : error.reason;
  const at = error?.retrying ? null : error?.at;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each error, which its time tells
  useEffect(() => {
    if (reason) toast(t(`error.${reason}`), { tone: 'error' });
  }, [reason, at]);
}

/** Says that a party is over for whoever did not end or leave it here. */
function usePartyEnd() {
  const { t } = useTranslation('player');
  const sessionId = usePlayerState((state) => state.listeningSessionId);
  const isIn = usePlayerState((state) => state.thisDevice !== null);
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (before.current !== null && sessionId === null && isIn && !isPartyLeft(before.current)) toast(t('partyOver'));
    before.current = sessionId;
  }, [sessionId, isIn, t]);
}

/** The tab is called by what plays in it. */
function useSongTitle() {
  const isPlaying = usePlayerState(
    ({ status, playsHere }) => playsHere && (status === 'PLAYING' || status === 'BUFFERING'),
  );
  const track = usePlayerState((state) => state.track);
  useEffect(() => {
    const names = track?.artists.map(({ name }) => name).join(', ');
    setSongTitle(isPlaying && track ? [track.title, names].filter(Boolean).join(' – ') : null);
    return () => setSongTitle(null);
  }, [isPlaying, track]);
}

function NowPlaying() {
  const { t } = useTranslation();
  const track = usePlayerState((state) => state.track);
  const { trackId, liked } = useLikedOfCurrent();
  if (!track) return <div className={styles.track}>{<p className={styles.nothing}>{t('nothingPlays')}</p>}</div>;
  return (
    <div className={styles.track}>
      <Link to="/now-playing" className={styles.coverLink} aria-label={t('openNowPlaying')}>
        <Cover
          url={track.album?.coverUrl}
          title={track.album?.title ?? track.title}
          sizes="4rem"
          className={styles.cover ?? ''}
        />
      </Link>
      <div className={styles.names}>
        <Link to="/tracks/$trackId" params={{ trackId: track.id }} className={styles.title}>
          <bdi>{track.title}</bdi>
        </Link>
        <span className={styles.artists}>
          {joinNames(track.artists, (artist) => artist.name).map(({ item, before }) => (
            <span key={item.id}>
              {before}
              <Link to="/artists/$artistId" params={{ artistId: item.id }} dir="auto">
                {item.name}
              </Link>
            </span>
          ))}
        </span>
      </div>
      {trackId && <LikeButton trackId={trackId} liked={liked} className={styles.like ?? ''} />}
    </div>
  );
}

function Transport() {
  const { t } = useTranslation();
  const player = usePlayer();
  const isPlaying = usePlayerState((state) => state.status === 'PLAYING' || state.status === 'BUFFERING');
  const isBuffering = usePlayerState((state) => state.status === 'BUFFERING');
  const isEmpty = usePlayerState((state) => state.track === null);
  const shuffle = usePlayerState((state) => state.shuffle);
  const repeat = usePlayerState((state) => state.repeat);
  const next = ({ OFF: 'ALL', ALL: 'ONE', ONE: 'OFF' } as const)[repeat];
  return (
    <div className={styles.transport} role="group" aria-label={t('playerControls')}>
      <IconButton
        className={styles.wide ?? ''}
        size="s"
        label={t('command.shuffle')}
        pressed={shuffle}
        disabled={isEmpty}
        icon={<Shuffle size={17} />}
        onClick={() => void player?.setShuffle(!shuffle)}
      />
      <IconButton
        className={styles.wide ?? ''}
        label={t('previous')}
        disabled={isEmpty}
        icon={<SkipBack size={20} fill="currentColor" />}
        onClick={() => void player?.previous()}
      />
      <IconButton
        variant="solid"
        className={styles.play ?? ''}
        label={isPlaying ? t('pause') : t('play')}
        disabled={isEmpty}
        aria-busy={isBuffering || undefined}
        icon={isPlaying ? <Pause size={20} fill="currentColor" /> : <Play size={20} fill="currentColor" />}
        onClick={() => void (isPlaying ? player?.pause() : player?.resume())}
      />
      <IconButton
        label={t('next')}
        disabled={isEmpty}
        icon={<SkipForward size={20} fill="currentColor" />}
        onClick={() => void player?.next()}
      />
      <IconButton
        className={styles.wide ?? ''}
        size="s"
        label={t(`repeat.${repeat}`)}
        pressed={repeat !== 'OFF'}
        disabled={isEmpty}
        icon={repeat === 'ONE' ? <Repeat1 size={17} /> : <Repeat size={17} />}
        onClick={() => void player?.setRepeat(next)}
      />
    </div>
  );
}

function SeekBar() {
  const { t } = useTranslation();
  const format = useFormat();
  const player = usePlayer();
  const durationMs = usePlayerState((state) => state.durationMs);
  const bufferedMs = usePlayerState((state) => state.bufferedMs);
  const position = usePosition();
  // While the thumb is held the music does not move it.
  const [held, setHeld] = useState<number | null>(null);
  const shown = held ?? position;
  const spoken = t('positionOf', {
    position: format.duration(shown, 'long'),
    duration: format.duration(durationMs, 'long'),
  });
  return (
    <div className={styles.seek}>
      <span className={styles.time}>{format.clock(shown)}</span>
      <Slider
        label={t('position')}
        value={Math.round(shown)}
        max={Math.max(1, durationMs)}
        step={1000}
        keyStep={5000}
        buffered={bufferedMs}
        valueText={spoken}
        disabled={durationMs === 0}
        onChange={setHeld}
        onCommit={(value) => {
          if (held !== null) void player?.seek(value);
          setHeld(null);
        }}
      />
      <span className={styles.time}>{format.clock(durationMs)}</span>
    </div>
  );
}

function Extras() {
  const { t } = useTranslation();
  const player = usePlayer();
  const panel = useShell((state) => state.panel);
  const volume = usePlayerState((state) => state.volumePercent);
  const device = usePlayerState((state) => (state.playsHere ? null : (state.activeDevice?.name ?? null)));
  const privateUntil = usePlayerState((state) => state.privateUntil);
  const [unmuted, setUnmuted] = useState(50);
  return (
    <div className={styles.extras}>
      {privateUntil && (
        <Late>
          <PrivateSign until={privateUntil} />
        </Late>
      )}
      {device && <span className={styles.device}>{t('playsOn', { device })}</span>}
      <IconButton
        className={styles.wide ?? ''}
        label={t('command.lyrics')}
        pressed={panel === 'lyrics'}
        icon={<MicVocal size={18} />}
        onClick={() => togglePanel('lyrics')}
      />
      <IconButton
        label={t('command.queue')}
        pressed={panel === 'queue'}
        icon={<ListMusic size={19} />}
        onClick={() => togglePanel('queue')}
      />
      <IconButton
        label={t('command.devices')}
        pressed={panel === 'devices'}
        icon={<MonitorSpeaker size={18} />}
        onClick={() => togglePanel('devices')}
      />
      <div className={styles.volume}>
        <IconButton
          label={volume === 0 ? t('unmute') : t('command.mute')}
          icon={volume === 0 ? <VolumeX size={18} /> : <Volume2 size={18} />}
          onClick={() => {
            if (volume > 0) setUnmuted(volume);
            void player?.setVolume(volume > 0 ? 0 : unmuted);
          }}
        />
        <Slider
          label={t('volume')}
          value={volume}
          max={100}
          valueText={`${volume} %`}
          onChange={(value) => void player?.setVolume(value)}
        />
      </div>
      <Link to="/now-playing" className={styles.expand} aria-label={t('openNowPlaying')} title={t('openNowPlaying')}>
        <Maximize2 size={17} aria-hidden="true" />
      </Link>
    </div>
  );
}
