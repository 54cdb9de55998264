/**
 * The refresh token, in IndexedDB: all tabs of this browser share it, and it outlives restarts. The content security policy
 * keeps others' scripts out, and the server ends the session when a token that was traded already is used again.
 */
export interface StoredSession {
  readonly refreshToken: string;
  /** The id of the person, so that nothing of another one is ever shown. */
  readonly userId: string;
  /** The person has signed out; what is kept of them is being deleted, or would have been if the page had lived. */
  readonly isEnding?: boolean;
}

/** What a session is kept in; tests have one in memory. */
export interface TokenStore {
  read(): Promise<StoredSession | null>;
  write(session: StoredSession): Promise<void>;
  clear(): Promise<void>;
}

const DATABASE = 'polyphony-session';
const STORE = 'session';
const KEY = 'current';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const asked = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const browserTokenStore: TokenStore = {
  read: async () => (await run<StoredSession | undefined>('readonly', (store) => store.get(KEY))) ?? null,
  write: async (session) => void (await run('readwrite', (store) => store.put(session, KEY))),
  clear: async () => void (await run('readwrite', (store) => store.delete(KEY))),
};
