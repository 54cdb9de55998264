import { NetworkError } from '../relay/errors';
import type { TokenSource } from '../relay/http';
import type { IssuedTokens, SessionApi } from './documents';
import type { StoredSession, TokenStore } from './tokenStore';

/** A token is not used in its last seconds: clocks differ, and a request takes a while. */
const MARGIN_MS = 20_000;
/** The token is refreshed this long before its end, so that the socket never has to close. */
const REFRESH_AHEAD_MS = 45_000;
/** Until a refresh that failed for the network is tried again. */
const RETRY_MS = 5_000;
const LOCK = 'polyphony-refresh';

/** Why somebody is signed out: by themselves, or by the server. */
export type SignOutReason = 'signedOut' | 'ended';

export type SessionState =
  | { readonly status: 'loading' }
  | { readonly status: 'signedOut'; readonly reason: SignOutReason | null }
  | { readonly status: 'signedIn'; readonly userId: string };

/** What tabs say to each other. */
type TabMessage =
  | { readonly kind: 'tokens'; readonly accessToken: string; readonly expiresAt: number; readonly userId: string }
  | { readonly kind: 'signedOut'; readonly reason: SignOutReason };

/** The doors to the browser, so that tests can open several tabs in one process. */
export interface SessionDoors {
  readonly api: SessionApi;
  readonly store: TokenStore;
  readonly channel: Pick<BroadcastChannel, 'postMessage' | 'close'> & {
    onmessage: ((event: MessageEvent) => void) | null;
  };
  /** Web Locks; absent in pages without TLS, where the server's grace for a token used twice at once has to do. */
  readonly locks?: Pick<LockManager, 'request'>;
  readonly now: () => number;
}

interface Access {
  readonly token: string;
  readonly expiresAt: number;
}

/**
 * Who is signed in, in all tabs of this browser. The access token is only in memory. One tab at a time trades the refresh token
 * and shares what it got; a lost network leaves people signed in, only the server's word signs them out.
 */
export class Session implements TokenSource {
  #state: SessionState = { status: 'loading' };
  #access: Access | null = null;
  #refreshing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #tokenListeners = new Set<(token: string) => void>();
  readonly #cleanups = new Set<() => Promise<void> | void>();
  readonly #doors: SessionDoors;

  constructor(doors: SessionDoors) {
    this.#doors = doors;
    doors.channel.onmessage = (event) => this.#heard(event.data as TabMessage);
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  readonly getSnapshot = () => this.#state;

  /** Hears of each new access token. */
  onToken(listener: (token: string) => void): () => void {
    this.#tokenListeners.add(listener);
    return () => this.#tokenListeners.delete(listener);
  }

  /** Is called when the person signs out, in every tab: delete what you keep of them. */
  onSignOut(cleanup: () => Promise<void> | void): () => void {
    this.#cleanups.add(cleanup);
    return () => this.#cleanups.delete(cleanup);
  }

  /** Takes up the session that the browser has kept. Without a network the person stays signed in. */
  async restore(): Promise<void> {
    const stored = await this.#doors.store.read().catch(() => null);
    if (this.#state.status !== 'loading') return;
    if (!stored || stored.refreshExpiresAt <= this.#doors.now()) {
      this.#set({ status: 'signedOut', reason: null });
      return;
    }
    this.#set({ status: 'signedIn', userId: stored.userId });
    void this.#refresh().catch(() => {});
  }

  /** Takes the tokens of a sign-in. */
  async signIn(tokens: IssuedTokens, userId: string): Promise<void> {
    await this.#keep(tokens, userId);
    this.#set({ status: 'signedIn', userId });
  }

  /** Ends the session here and on the server, and clears what is kept of the person. */
  async signOut(): Promise<void> {
    const token = this.#access?.token;
    // Without an answer the session ends by itself, after 30 days; what is here goes in any case.
    const told = token ? this.#doors.api.logout(token).catch(() => {}) : Promise.resolve();
    await Promise.race([told, new Promise((done) => setTimeout(done, 2_000))]);
    this.#doors.channel.postMessage({ kind: 'signedOut', reason: 'signedOut' } satisfies TabMessage);
    await this.#end('signedOut');
  }

  /** The server has said that the session is over. */
  async endedElsewhere(): Promise<void> {
    if (this.#state.status !== 'signedIn') return;
    this.#doors.channel.postMessage({ kind: 'signedOut', reason: 'ended' } satisfies TabMessage);
    await this.#end('ended');
  }

  async accessToken(): Promise<string | null> {
    if (this.#state.status !== 'signedIn') return null;
    if (!this.#isGood(this.#access)) await this.#refresh();
    return this.#access?.token ?? null;
  }

  async refused(token: string): Promise<boolean> {
    if (this.#access?.token === token) this.#access = null;
    if (!this.#isGood(this.#access)) await this.#refresh();
    return this.#access !== null;
  }

  /** Lets go of timers and of the other tabs. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#doors.channel.close();
  }

  #isGood(access: Access | null): access is Access {
    return access !== null && access.expiresAt - MARGIN_MS > this.#doors.now();
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#locked(() => this.#trade()).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  #locked(act: () => Promise<void>): Promise<void> {
    const { locks } = this.#doors;
    return locks ? (locks.request(LOCK, act) as Promise<void>) : act();
  }

  async #trade(): Promise<void> {
    // While this tab waited for the lock, another one may have shared what it got.
    if (this.#isGood(this.#access) && this.#access.expiresAt - REFRESH_AHEAD_MS > this.#doors.now()) return;
    const stored = await this.#doors.store.read();
    if (!stored) return this.#end('ended');
    try {
      const refreshed = await this.#doors.api.refresh(stored.refreshToken);
      if ('tokens' in refreshed) await this.#keep(refreshed.tokens, stored.userId);
      else await this.endedElsewhere();
    } catch (error) {
      if (this.#state.status === 'signedIn') this.#schedule(RETRY_MS);
      throw error instanceof NetworkError ? error : new NetworkError(String(error));
    }
  }

  async #keep(tokens: IssuedTokens, userId: string): Promise<void> {
    const stored: StoredSession = {
      refreshToken: tokens.refreshToken,
      refreshExpiresAt: Date.parse(tokens.refreshTokenExpiresAt),
      userId,
    };
    // First what must not be lost: the old refresh token is worth nothing once this one is used.
    await this.#doors.store.write(stored);
    const expiresAt = Date.parse(tokens.accessTokenExpiresAt);
    this.#take({ token: tokens.accessToken, expiresAt });
    this.#doors.channel.postMessage({
      kind: 'tokens',
      accessToken: tokens.accessToken,
      expiresAt,
      userId,
    } satisfies TabMessage);
  }

  #take(access: Access): void {
    this.#access = access;
    for (const listener of this.#tokenListeners) listener(access.token);
    this.#schedule(access.expiresAt - REFRESH_AHEAD_MS - this.#doors.now());
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    // Tabs that wake up at once must not all stand in line for the lock at the same moment.
    const spreadMs = Math.random() * 3_000;
    this.#timer = setTimeout(() => void this.#refresh().catch(() => {}), Math.max(1_000, afterMs) + spreadMs);
  }

  #heard(message: TabMessage): void {
    if (message.kind === 'signedOut') {
      if (this.#state.status === 'signedIn') void this.#end(message.reason);
      return;
    }
    const isSame = this.#state.status === 'signedIn' && this.#state.userId === message.userId;
    this.#take({ token: message.accessToken, expiresAt: message.expiresAt });
    if (!isSame) this.#set({ status: 'signedIn', userId: message.userId });
  }

  async #end(reason: SignOutReason): Promise<void> {
    clearTimeout(this.#timer);
    this.#access = null;
    await this.#doors.store.clear().catch(() => {});
    await Promise.allSettled([...this.#cleanups].map(async (cleanup) => cleanup()));
    this.#set({ status: 'signedOut', reason });
  }

  #set(next: SessionState): void {
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
