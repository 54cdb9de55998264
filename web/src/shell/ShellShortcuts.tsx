import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { usePlayer } from '../player/usePlayer';
import { useShortcuts } from '../shortcuts/useShortcuts';
import { openDialog, togglePanel } from './dialogs';
import { useToggleLikeOfCurrent } from './useToggleLikeOfCurrent';

const SEEK_MS = 5_000;
const VOLUME_STEP = 5;

/** What the player's keys do. */
export function ShellShortcuts() {
  const player = usePlayer();
  const navigate = useNavigate();
  const toggleLike = useToggleLikeOfCurrent();
  const unmuted = useRef(50);
  const state = () => player?.getSnapshot();
  const seekBy = (ms: number) => void player?.seek(Math.max(0, player.positionMs() + ms));
  const volumeBy = (step: number) =>
    void player?.setVolume(Math.min(100, Math.max(0, (state()?.volumePercent ?? 0) + step)));
  const isPlaying = () => state()?.status === 'PLAYING' || state()?.status === 'BUFFERING';
  useShortcuts({
    playPause: () => void (isPlaying() ? player?.pause() : player?.resume()),
    seekBack: () => seekBy(-SEEK_MS),
    seekForward: () => seekBy(SEEK_MS),
    previousTrack: () => void player?.previous(),
    nextTrack: () => void player?.next(),
    volumeUp: () => volumeBy(VOLUME_STEP),
    volumeDown: () => volumeBy(-VOLUME_STEP),
    mute: () => {
      const volume = state()?.volumePercent ?? 0;
      if (volume > 0) unmuted.current = volume;
      void player?.setVolume(volume > 0 ? 0 : unmuted.current);
    },
    shuffle: () => void player?.setShuffle(!state()?.shuffle),
    repeat: () =>
      void player?.setRepeat({ OFF: 'ALL', ALL: 'ONE', ONE: 'OFF' }[state()?.repeat ?? 'OFF'] as 'OFF' | 'ONE' | 'ALL'),
    like: toggleLike,
    queue: () => togglePanel('queue'),
    lyrics: () => togglePanel('lyrics'),
    devices: () => togglePanel('devices'),
    fullScreen: () => void navigate({ to: '/now-playing' }),
    search: () => document.getElementById('search')?.focus(),
    palette: () => openDialog({ kind: 'palette' }),
    help: () => openDialog({ kind: 'shortcuts' }),
    goHome: () => void navigate({ to: '/' }),
    goLibrary: () => void navigate({ to: '/library' }),
    goSearch: () => void navigate({ to: '/search', search: { q: '' } }),
    goUploads: () => void navigate({ to: '/uploads' }),
    goPlaylists: () => void navigate({ to: '/library/playlists' }),
    goHistory: () => void navigate({ to: '/history' }),
    goSettings: () => void navigate({ to: '/settings' }),
  });
  return null;
}
