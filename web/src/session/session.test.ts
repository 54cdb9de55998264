import { afterEach, describe, expect, test, vi } from 'vitest';

import { NetworkError } from '../relay/errors';
import type { IssuedTokens, Refreshed } from './documents';
import { Session } from './session';
import type { StoredSession } from './tokenStore';

const MINUTE = 60_000;

/** The server's side of a session: each refresh token is good until the one that it was traded for is used. */
class Server {
  issued = 0;
  refreshes: string[] = [];
  isReachable = true;
  hasEnded = false;

  issue(): IssuedTokens {
    this.issued += 1;
    return {
      accessToken: `access-${this.issued}`,
      accessTokenExpiresAt: new Date(Date.now() + 15 * MINUTE).toISOString(),
      refreshToken: `refresh-${this.issued}`,
      refreshTokenExpiresAt: new Date(Date.now() + 1440 * 30 * MINUTE).toISOString(),
    };
  }

  readonly api = {
    refresh: async (refreshToken: string): Promise<Refreshed> => {
      await Promise.resolve();
      if (!this.isReachable) throw new NetworkError('no network');
      this.refreshes.push(refreshToken);
      if (this.hasEnded || refreshToken !== `refresh-${this.issued}`) return { ended: 'TOKEN_REUSED' };
      return { tokens: this.issue() };
    },
    logout: vi.fn(async () => {}),
  };
}

/** A browser: what its tabs share. */
class Browser {
  stored: StoredSession | null = null;
  readonly #tabs: { onmessage: ((event: MessageEvent) => void) | null }[] = [];
  #lock: Promise<unknown> = Promise.resolve();
  readonly sessions: Session[] = [];

  open(server: Server): Session {
    const channel = {
      onmessage: null as ((event: MessageEvent) => void) | null,
      postMessage: (data: unknown) => {
        for (const tab of this.#tabs) if (tab !== channel) tab.onmessage?.({ data } as MessageEvent);
      },
      close: () => {},
    };
    this.#tabs.push(channel);
    const request = (_name: string, act: () => Promise<unknown>) => {
      const turn = this.#lock.then(act);
      this.#lock = turn.catch(() => {});
      return turn;
    };
    const session = new Session({
      api: server.api,
      store: {
        read: async () => this.stored,
        write: async (next) => {
          this.stored = next;
        },
        clear: async () => {
          this.stored = null;
        },
      },
      channel,
      locks: { request } as unknown as LockManager,
      now: Date.now,
    });
    this.sessions.push(session);
    return session;
  }
}

let browser = new Browser();

afterEach(() => {
  for (const session of browser.sessions) session.dispose();
  browser = new Browser();
  vi.useRealTimers();
});

describe('refreshing', () => {
  test('a tab that was restarted trades the kept token and stays signed in', async () => {
    const server = new Server();
    await browser.open(server).signIn(server.issue(), 'usr_1');
    const restarted = browser.open(server);
    await restarted.restore();
    expect(restarted.getSnapshot()).toEqual({ status: 'signedIn', userId: 'usr_1' });
    expect(await restarted.accessToken()).toBe('access-2');
    expect(browser.stored?.refreshToken).toBe('refresh-2');
  });

  test('many tabs that wake up at once trade one token once', async () => {
    const server = new Server();
    await browser.open(server).signIn(server.issue(), 'usr_1');
    const tabs = Array.from({ length: 5 }, () => browser.open(server));
    await Promise.all(tabs.map((tab) => tab.restore()));
    const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()));
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(server.refreshes).toEqual(['refresh-1']);
  });

  test('many requests of one tab share a refresh', async () => {
    const server = new Server();
    const tab = browser.open(server);
    await tab.signIn(server.issue(), 'usr_1');
    expect(await tab.refused('access-1')).toBe(true);
    await Promise.all([tab.accessToken(), tab.accessToken()]);
    expect(server.refreshes).toEqual(['refresh-1']);
  });

  test('it happens by itself before the token ends', async () => {
    vi.useFakeTimers();
    const server = new Server();
    const tab = browser.open(server);
    const shown = vi.fn();
    tab.onToken(shown);
    await tab.signIn(server.issue(), 'usr_1');
    await vi.advanceTimersByTimeAsync(14.5 * MINUTE);
    expect(shown.mock.calls).toEqual([['access-1'], ['access-2']]);
  });

  test('without a network the person stays signed in, and it is tried again', async () => {
    vi.useFakeTimers();
    const server = new Server();
    await browser.open(server).signIn(server.issue(), 'usr_1');
    server.isReachable = false;
    const tab = browser.open(server);
    await tab.restore();
    await expect(tab.accessToken()).rejects.toBeInstanceOf(NetworkError);
    expect(tab.getSnapshot().status).toBe('signedIn');
    server.isReachable = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await tab.accessToken()).toBe('access-2');
  });

  test('a token that the server does not know ends the session in every tab', async () => {
    const server = new Server();
    const first = browser.open(server);
    await first.signIn(server.issue(), 'usr_1');
    const second = browser.open(server);
    server.hasEnded = true;
    await second.restore();
    await second.accessToken();
    expect(second.getSnapshot()).toEqual({ status: 'signedOut', reason: 'ended' });
    await vi.waitFor(() => expect(first.getSnapshot()).toEqual({ status: 'signedOut', reason: 'ended' }));
    expect(browser.stored).toBeNull();
  });
});

describe('signing out', () => {
  test('clears what is kept, in every tab, and tells the server', async () => {
    const server = new Server();
    const first = browser.open(server);
    const second = browser.open(server);
    const cleanups = [vi.fn(), vi.fn()];
    await first.signIn(server.issue(), 'usr_1');
    first.onSignOut(cleanups[0] as () => void);
    second.onSignOut(cleanups[1] as () => void);
    expect(second.getSnapshot()).toEqual({ status: 'signedIn', userId: 'usr_1' });
    await first.signOut();
    await vi.waitFor(() => expect(second.getSnapshot().status).toBe('signedOut'));
    for (const cleanup of cleanups) expect(cleanup).toHaveBeenCalledOnce();
    expect(server.api.logout).toHaveBeenCalledWith('access-1');
    expect(browser.stored).toBeNull();
    expect(await first.accessToken()).toBeNull();
  });

  test('goes on when a cleanup fails', async () => {
    const server = new Server();
    const tab = browser.open(server);
    await tab.signIn(server.issue(), 'usr_1');
    tab.onSignOut(() => Promise.reject(new Error('locked')));
    await tab.endedElsewhere();
    expect(tab.getSnapshot()).toEqual({ status: 'signedOut', reason: 'ended' });
  });
});

test('nobody is signed in where nothing is kept, or it is too old', async () => {
  const server = new Server();
  const empty = browser.open(server);
  await empty.restore();
  expect(empty.getSnapshot()).toEqual({ status: 'signedOut', reason: null });
  browser.stored = { refreshToken: 'refresh-0', refreshExpiresAt: Date.now() - 1, userId: 'usr_1' };
  const old = browser.open(server);
  await old.restore();
  expect(old.getSnapshot().status).toBe('signedOut');
  expect(server.refreshes).toEqual([]);
});
