import { useSyncExternalStore } from 'react';

import { useCreatedPlayer } from '../shell/PlayerProvider';
import type { DownloadManager, OfflineState } from './downloads';

const nothing = () => () => {};

/** What is stored for offline playing, and what is on its way; null until the player is there. */
export function useOffline(): { readonly state: OfflineState; readonly downloads: DownloadManager } | null {
  const downloads = useCreatedPlayer()?.downloads ?? null;
  const state = useSyncExternalStore(downloads?.subscribe ?? nothing, () => downloads?.getSnapshot() ?? null);
  return downloads && state ? { state, downloads } : null;
}
