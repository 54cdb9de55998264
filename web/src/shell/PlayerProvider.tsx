import i18next from 'i18next';
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { useRelayEnvironment } from 'react-relay';

import { toast } from '../components/feedback/toasts';
import type { CreatedPlayer } from '../player/createPlayer';
import type { EngineSettings } from '../player/engine/engine';
import { PlayerContext } from '../player/usePlayer';
import { waitingPlayer } from '../player/waitingPlayer';
import { type Preferences, usePreferences } from '../preferences/preferences';
import { session } from '../session';
import { useSocket } from '../session/SessionProvider';

const CreatedContext = createContext<CreatedPlayer | null>(null);

/** The player with what is around it: downloads, settings. Null until its code is there, and while nobody is signed in. */
export const useCreatedPlayer = () => use(CreatedContext);

/** What of this browser's preferences is about sound. */
const settingsOf = ({ crossfadeS, normalizesLoudness, savesData }: Preferences): EngineSettings => ({
  crossfadeS,
  normalizeLoudness: normalizesLoudness,
  saveData: savesData,
});

/**
 * Gives the screens the player of whoever is signed in. Its code is loaded beside the first screen, not before it; what is begun
 * until then is remembered.
 */
export function PlayerProvider({ children }: { children: ReactNode }) {
  const environment = useRelayEnvironment();
  const socket = useSocket();
  const [created, setCreated] = useState<CreatedPlayer | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another person's begins anew
  const waiting = useMemo(() => (socket ? waitingPlayer() : null), [environment, socket]);
  useEffect(() => {
    if (!socket) return;
    let isGone = false;
    const creating = import('../player/createPlayer')
      // Not awaited when this is gone already: two players must not be one device.
      .then(({ createPlayer }) =>
        isGone
          ? null
          : createPlayer({
              environment,
              socket,
              settings: settingsOf(usePreferences.getState()),
              maxOfflineKbps: () => usePreferences.getState().offlineKbps,
            }),
      );
    const dispose = async () => {
      isGone = true;
      setCreated(null);
      await (await creating)?.dispose();
    };
    creating.then(
      (player) => {
        if (!player || isGone) return;
        waiting?.handOver(player.player);
        setCreated(player);
      },
      (error) => {
        console.error('no player', error);
        toast(i18next.t('player:error.UNEXPECTED'), { tone: 'error' });
      },
    );
    const forget = session.onSignOut(dispose);
    return () => {
      forget();
      void dispose().catch(() => {});
    };
  }, [environment, socket, waiting]);
  useEffect(() => usePreferences.subscribe((now) => created?.setSettings(settingsOf(now))), [created]);
  return (
    <CreatedContext value={created}>
      <PlayerContext value={created?.player ?? waiting?.player ?? null}>{children}</PlayerContext>
    </CreatedContext>
  );
}
