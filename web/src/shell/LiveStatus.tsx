import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

import { useSocket } from '../session/SessionProvider';
import styles from './TopBar.module.css';

const nothing = () => () => {};

/** Hears when the browser loses or finds its network. */
function onNetwork(changed: () => void): () => void {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}

/** A connection that is back at once is not worth a word. */
const QUIET_MS = 2_500;

/** Says when the page does not hear of changes: reconnecting, or no network. While all is well there is nothing. */
export function LiveStatus() {
  const { t } = useTranslation();
  const socket = useSocket();
  const isOnline = useSyncExternalStore(onNetwork, () => navigator.onLine);
  const ofSocket = useSyncExternalStore(socket?.subscribe ?? nothing, () => socket?.liveness() ?? 'live');
  const hearsAll = useSyncExternalStore(socket?.subscribe ?? nothing, () => socket?.hearsAll() ?? true);
  // A socket learns late that its network is gone; the browser knows at once.
  const liveness = !isOnline ? 'offline' : ofSocket === 'live' && !hearsAll ? 'connecting' : ofSocket;
  const [shown, setShown] = useState<typeof liveness>('live');
  // A server that was away may be a newer one.
  const wasAway = useRef(false);
  useEffect(() => {
    if (ofSocket === 'live' && wasAway.current)
      import('../serviceWorker').then(({ checkForUpdate }) => checkForUpdate()).catch(() => {});
    wasAway.current = ofSocket !== 'live';
  }, [ofSocket]);
  useEffect(() => {
    const timer = setTimeout(() => setShown(liveness), liveness === 'live' ? 0 : QUIET_MS);
    return () => clearTimeout(timer);
  }, [liveness]);
  return (
    <div role="status">
      {shown !== 'live' && (
        <span className={styles.status}>
          <span className={styles.dot} aria-hidden="true" />
          <span>{t(shown === 'offline' ? 'liveness.offline' : 'liveness.connecting')}</span>
        </span>
      )}
    </div>
  );
}
