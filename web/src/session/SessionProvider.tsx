import { createContext, type ReactNode, use, useEffect, useMemo, useSyncExternalStore } from 'react';
import { RelayEnvironmentProvider } from 'react-relay';
import type { Environment } from 'relay-runtime';

import { createEnvironment } from '../relay/environment';
import { type LiveSocket, openSocket } from '../relay/socket';
import { session } from '.';
import type { SessionState } from './session';

interface Connected {
  readonly environment: Environment;
  readonly socket: LiveSocket | null;
}

const SocketContext = createContext<LiveSocket | null>(null);

/** Who is signed in. */
export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.getSnapshot);
}

/** The socket of whoever is signed in; null for nobody. */
export function useSocket(): LiveSocket | null {
  return use(SocketContext);
}

/** Environments by person, so that the router's loaders and React have the same one. */
let connected: (Connected & { readonly userId: string | null }) | null = null;

/** The store, network and socket of who is signed in now; another person, or nobody, gets new ones. */
export function connection(): Connected {
  const state = session.getSnapshot();
  const userId = state.status === 'signedIn' ? state.userId : null;
  if (connected?.userId !== userId || !connected) {
    connected?.socket?.dispose();
    const socket = userId ? openSocket(session, () => void session.endedElsewhere()) : null;
    connected = { userId, socket, environment: createEnvironment(session, socket) };
  }
  return connected;
}

session.onToken((token) => connected?.socket?.showToken(token));

/** Gives everything below it the data of whoever is signed in, and nothing of anybody else. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const state = useSession();
  const userId = state.status === 'signedIn' ? state.userId : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `connection` reads who is signed in by itself
  const { environment, socket } = useMemo(connection, [userId]);
  useEffect(() => {
    document.documentElement.dataset.session = state.status;
  }, [state.status]);
  return (
    <RelayEnvironmentProvider environment={environment} key={userId ?? 'nobody'}>
      <SocketContext value={socket}>{children}</SocketContext>
    </RelayEnvironmentProvider>
  );
}
