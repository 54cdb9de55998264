import { serverSessionApi } from './documents';
import { Session } from './session';
import { clearPersonalStorage } from './storage';
import { browserTokenStore } from './tokenStore';

export type { IssuedTokens } from './documents';
export type { SessionState, SignOutReason } from './session';
export { Session } from './session';

/** The session of this browser. */
export const session = new Session({
  api: serverSessionApi,
  store: browserTokenStore,
  channel: new BroadcastChannel('polyphony-session'),
  locks: navigator.locks,
  now: Date.now,
});

session.onSignOut(clearPersonalStorage);
