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
/** How long signing out waits: for a refresh that is under way, and for the server's word. */
const SIGN_OUT_TIMEOUT_MS = 2_000;

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

/** What a session needs of the browser, so that tests can open several tabs in one process. */
export interface SessionDependencies {
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
  /** By the clock of this browser. */
  readonly expiresAt: number;
}

/**
 * When a token ends by the clock of this browser, which may be minutes off: the token says how long it lives by the server's.
 * One that does not say is taken at the server's word.
 */
function expiryOf({ accessToken, accessTokenExpiresAt }: IssuedTokens, now: number): number {
  try {
    const payload = accessToken.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const { iat, exp } = JSON.parse(atob(payload)) as { iat?: number; exp?: number };
    if (typeof iat === 'number' && typeof exp === 'number') return now + (exp - iat) * 1000;
  } catch {
    // No token of the form that has its times in it.
  }
  return Date.parse(accessTokenExpiresAt);
}

const atMost = (promise: Promise<unknown>) =>
  Promise.race([promise.catch(() => {}), new Promise((done) => setTimeout(done, SIGN_OUT_TIMEOUT_MS))]);

/**
 * Who is signed in, in all tabs of this browser. The access token is only in memory. One tab at a time trades the refresh token
 * and shares what it got; a lost network leaves people signed in, only the server's word signs them out.
 */
export class Session implements TokenSource {
  #state: SessionState = { status: 'loading' };
  #access: Access | null = null;
  #refreshing: Promise<void> | null = null;
  /** While the person leaves nothing of theirs is handed out any more, although they are shown as signed in until all is deleted. */
  #ending: Promise<void> | null = null;
  /** Grows with each person who comes or leaves: what was asked for one is nothing for the next. */
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #tokenListeners = new Set<(token: string) => void>();
  readonly #cleanups = new Set<() => Promise<void> | void>();
  readonly #dependencies: SessionDependencies;

  constructor(dependencies: SessionDependencies) {
    this.#dependencies = dependencies;
    dependencies.channel.onmessage = (event) => this.#onMessage(event.data as TabMessage);
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

  /** Takes up the session that the browser has kept, and finishes a sign-out. Without a network the person stays signed in. */
  async restore(): Promise<void> {
    const stored = await this.#dependencies.store.read().catch(() => null);
    if (this.#state.status !== 'loading') return;
    if (stored?.isEnding) await this.#clear();
    if (!stored || stored.isEnding) {
      this.#set({ status: 'signedOut', reason: null });
      return;
    }
    // Whether the session is too old is for the server to say, whose clock is right.
    this.#set({ status: 'signedIn', userId: stored.userId });
    void this.#refresh().catch(() => {});
  }

  /** Takes the tokens of a sign-in. Of another person who was here before nothing stays. */
  async signIn(tokens: IssuedTokens, userId: string): Promise<void> {
    await this.#ending;
    this.#generation += 1;
    await this.#locked(async () => {
      const stored = await this.#dependencies.store.read().catch(() => null);
      if (stored) await atMost(this.#logout(stored));
      if (stored && (stored.userId !== userId || stored.isEnding)) await this.#clear();
      await this.#keep(tokens, userId);
    });
    this.#set({ status: 'signedIn', userId });
  }

  /** Ends the session here and on the server, and clears what is kept of the person. */
  signOut(): Promise<void> {
    return this.#end('signedOut', true);
  }

  /** The server has said that the session is over. */
  async endedElsewhere(): Promise<void> {
    if (this.#state.status === 'signedIn') await this.#end('ended', false);
  }

  async accessToken(): Promise<string | null> {
    if (this.#state.status !== 'signedIn' || this.#ending) return null;
    if (!this.#isGood(this.#access)) await this.#refresh();
    return this.#access?.token ?? null;
  }

  async refused(token: string): Promise<boolean> {
    if (this.#ending) return false;
    if (this.#access?.token === token) this.#access = null;
    if (!this.#isGood(this.#access)) await this.#refresh();
    return this.#access !== null;
  }

  /** Lets go of timers and of the other tabs. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#dependencies.channel.close();
  }

  #isGood(access: Access | null): access is Access {
    return access !== null && access.expiresAt - MARGIN_MS > this.#dependencies.now();
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#locked(() => this.#trade()).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  #locked(act: () => Promise<void>): Promise<void> {
    const { locks } = this.#dependencies;
    return locks ? (locks.request(LOCK, act) as Promise<void>) : act();
  }

  async #trade(): Promise<void> {
    // While this tab waited for the lock, another one may have shared what it got.
    if (this.#isGood(this.#access) && this.#access.expiresAt - REFRESH_AHEAD_MS > this.#dependencies.now()) return;
    if (this.#ending || this.#state.status !== 'signedIn') return;
    const generation = this.#generation;
    const stored = await this.#dependencies.store.read();
    if (generation !== this.#generation) return;
    // Not awaited: the end waits for the lock that is held here.
    if (!stored || stored.isEnding) return void this.#end('ended', false);
    try {
      const refreshed = await this.#dependencies.api.refresh(stored.refreshToken);
      if (generation !== this.#generation) return;
      if ('tokens' in refreshed) await this.#keep(refreshed.tokens, stored.userId);
      else void this.#end('ended', false);
    } catch (error) {
      if (this.#state.status === 'signedIn' && !this.#ending) this.#schedule(RETRY_MS);
      throw error instanceof NetworkError ? error : new NetworkError(String(error));
    }
  }

  async #keep(tokens: IssuedTokens, userId: string): Promise<void> {
    const stored: StoredSession = {
      refreshToken: tokens.refreshToken,
      userId,
    };
    // First what must not be lost: the old refresh token is worth nothing once this one is used.
    await this.#dependencies.store.write(stored);
    const expiresAt = expiryOf(tokens, this.#dependencies.now());
    this.#take({ token: tokens.accessToken, expiresAt });
    this.#dependencies.channel.postMessage({
      kind: 'tokens',
      accessToken: tokens.accessToken,
      expiresAt,
      userId,
    } satisfies TabMessage);
  }

  #take(access: Access): void {
    this.#access = access;
    for (const listener of this.#tokenListeners) listener(access.token);
    this.#schedule(access.expiresAt - REFRESH_AHEAD_MS - this.#dependencies.now());
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    // Tabs that wake up at once must not all stand in line for the lock at the same moment.
    const spreadMs = Math.random() * 3_000;
    this.#timer = setTimeout(() => void this.#refresh().catch(() => {}), Math.max(1_000, afterMs) + spreadMs);
  }

  #onMessage(message: TabMessage): void {
    if (this.#ending) return;
    if (message.kind === 'signedOut') {
      if (this.#state.status === 'signedIn') void this.#leave(message.reason);
      return;
    }
    const isSame = this.#state.status === 'signedIn' && this.#state.userId === message.userId;
    if (!isSame) this.#generation += 1;
    this.#take({ token: message.accessToken, expiresAt: message.expiresAt });
    if (!isSame) this.#set({ status: 'signedIn', userId: message.userId });
  }

  /** Ends the session in all tabs; this one clears the browser. Tells the server, unless it knows. */
  #end(reason: SignOutReason, tells: boolean): Promise<void> {
    if (this.#ending) return this.#ending;
    this.#dependencies.channel.postMessage({ kind: 'signedOut', reason } satisfies TabMessage);
    const access = this.#access;
    return this.#leave(reason, () => {
      const clear = async () => {
        const stored = await this.#dependencies.store.read().catch(() => null);
        // From here on a page that is loaded goes on with this, and shows nobody.
        if (stored) await this.#dependencies.store.write({ ...stored, isEnding: true }).catch(() => {});
        if (tells && stored) await atMost(this.#logout(stored, access));
        await this.#clear();
      };
      // A refresh that is under way in any tab comes first, but it may hang as its network does.
      let began: Promise<void> | null = null;
      const once = () => (began ??= clear());
      return Promise.race([this.#locked(once), atMost(new Promise(() => {})).then(once)]);
    });
  }

  /** Nobody is signed in here any more, once `clear` is done. */
  #leave(reason: SignOutReason, clear: () => Promise<void> = () => this.#cleanUp()): Promise<void> {
    clearTimeout(this.#timer);
    this.#generation += 1;
    this.#access = null;
    this.#ending = clear().finally(() => {
      this.#ending = null;
      this.#set({ status: 'signedOut', reason });
    });
    return this.#ending;
  }

  /** Has the server end a session, by a token of it that is good or by a new one. */
  async #logout({ refreshToken }: StoredSession, access: Access | null = null): Promise<void> {
    const { api } = this.#dependencies;
    if (this.#isGood(access)) return api.logout(access.token);
    const refreshed = await api.refresh(refreshToken);
    if ('tokens' in refreshed) await api.logout(refreshed.tokens.accessToken);
  }

  async #clear(): Promise<void> {
    await this.#cleanUp();
    await this.#dependencies.store.clear().catch(() => {});
  }

  async #cleanUp(): Promise<void> {
    await Promise.allSettled([...this.#cleanups].map(async (cleanup) => cleanup()));
  }

  #set(next: SessionState): void {
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
