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
    await vi.waitFor(() => expect(second.getSnapshot()).toEqual({ status: 'signedOut', reason: 'ended' }));
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

test('nobody is signed in where nothing is kept', async () => {
  const server = new Server();
  const empty = browser.open(server);
  await empty.restore();
  expect(empty.getSnapshot()).toEqual({ status: 'signedOut', reason: null });
  expect(server.refreshes).toEqual([]);
});

describe('another person', () => {
  test('finds nothing of the one before, whose session is ended', async () => {
    const server = new Server();
    const tab = browser.open(server);
    const cleanup = vi.fn();
    tab.onSignOut(cleanup);
    await tab.signIn(server.issue(), 'usr_1');
    expect(cleanup).not.toHaveBeenCalled();
    await tab.signIn(server.issue(), 'usr_2').catch(() => {});
    expect(cleanup).toHaveBeenCalledOnce();
    expect(tab.getSnapshot()).toEqual({ status: 'signedIn', userId: 'usr_2' });
    expect(browser.stored?.userId).toBe('usr_2');
  });

  test('is not mixed up with who was here too long ago: the server says that the session has ended, and all is deleted', async () => {
    const server = new Server();
    browser.stored = { refreshToken: 'refresh-0', userId: 'usr_1' };
    server.hasEnded = true;
    const tab = browser.open(server);
    const cleanup = vi.fn();
    tab.onSignOut(cleanup);
    await tab.restore();
    await vi.waitFor(() => expect(tab.getSnapshot()).toEqual({ status: 'signedOut', reason: 'ended' }));
    expect(cleanup).toHaveBeenCalledOnce();
    expect(browser.stored).toBeNull();
  });

  test('makes other tabs theirs too, which are told by the other id', async () => {
    const server = new Server();
    const [first, second] = [browser.open(server), browser.open(server)];
    await first.signIn(server.issue(), 'usr_1');
    await second.signIn(server.issue(), 'usr_2');
    await vi.waitFor(() => expect(first.getSnapshot()).toEqual({ status: 'signedIn', userId: 'usr_2' }));
  });
});

describe('a sign-out', () => {
  test('is not undone by a refresh that answers later', async () => {
    const server = new Server();
    const tab = browser.open(server);
    const other = browser.open(server);
    await tab.signIn(server.issue(), 'usr_1');
    let answer = () => {};
    const hanging = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { refresh } = server.api;
    server.api.refresh = async (token) => {
      await hanging;
      return refresh(token);
    };
    const refreshing = tab.refused('access-1').catch(() => false);
    const out = tab.signOut();
    expect(await tab.accessToken()).toBeNull();
    answer();
    await Promise.all([out, refreshing]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const one of [tab, other]) expect(one.getSnapshot()).toEqual({ status: 'signedOut', reason: 'signedOut' });
    expect(browser.stored).toBeNull();
  });

  test('reaches the server from a tab that has no token that is good', async () => {
    const server = new Server();
    await browser.open(server).signIn(server.issue(), 'usr_1');
    const { refresh } = server.api;
    const woken = browser.open(server);
    server.isReachable = false;
    await woken.restore();
    await woken.accessToken().catch(() => {});
    server.isReachable = true;
    server.api.refresh = refresh;
    await woken.signOut();
    expect(server.api.logout).toHaveBeenCalledWith('access-2');
  });

  test('is finished by the next page when this one does not live so long', async () => {
    const server = new Server();
    browser.stored = { refreshToken: 'refresh-0', userId: 'usr_1', isEnding: true };
    const next = browser.open(server);
    const cleanup = vi.fn();
    next.onSignOut(cleanup);
    await next.restore();
    expect(next.getSnapshot()).toEqual({ status: 'signedOut', reason: null });
    expect(cleanup).toHaveBeenCalledOnce();
    expect(browser.stored).toBeNull();
    expect(server.refreshes).toEqual([]);
  });

  test('asks nobody for anything while what is kept is being deleted', async () => {
    const server = new Server();
    const tab = browser.open(server);
    await tab.signIn(server.issue(), 'usr_1');
    const cleanup = vi.fn(async () => {
      expect(await tab.accessToken()).toBeNull();
      expect(await tab.refused('access-1')).toBe(false);
    });
    tab.onSignOut(cleanup);
    await tab.signOut();
    expect(cleanup).toHaveBeenCalledOnce();
    expect(tab.getSnapshot()).toEqual({ status: 'signedOut', reason: 'signedOut' });
    expect(server.refreshes).toEqual([]);
  });
});

test('a clock that is off by more than a token lives refreshes no more often than one that is right', async () => {
  vi.useFakeTimers();
  const server = new Server();
  const right = Date.now();
  const issue = () => {
    const tokens = server.issue();
    const claims = btoa(JSON.stringify({ iat: right / 1000, exp: right / 1000 + 15 * 60 }));
    return { ...tokens, accessToken: `head.${claims}.signature` };
  };
  vi.setSystemTime(right + 60 * MINUTE);
  const tab = browser.open(server);
  const tokens = issue();
  await tab.signIn({ ...tokens, accessTokenExpiresAt: new Date(right + 15 * MINUTE).toISOString() }, 'usr_1');
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(await tab.accessToken()).toBe(tokens.accessToken);
  expect(server.refreshes).toEqual([]);
});
