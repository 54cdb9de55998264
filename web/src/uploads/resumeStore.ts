import type { ResumeRecord, ResumeStore } from './types';

/** Deleted whole at sign-out, as all databases are. */
const DATABASE = 'polyphony-uploads';
const STORE = 'resume';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: 'uploadId' });
    opening.onsuccess = () => {
      // Signing out in another tab deletes the database; it must not wait for this tab.
      opening.result.onversionchange = () => opening.result.close();
      resolve(opening.result);
    };
    opening.onerror = () => reject(opening.error);
  });
}

/** What has arrived, in IndexedDB. Where that is not to be had (some private windows) nothing is kept, and uploads work all the same. */
export function browserResumeStore(): ResumeStore {
  let database: Promise<IDBDatabase> | undefined;
  const run = async <T>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T | undefined> => {
    try {
      database ??= open();
      const request = act((await database).transaction(STORE, mode).objectStore(STORE));
      return await new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    } catch {
      database = undefined;
      return undefined;
    }
  };
  return {
    all: async () => (await run('readonly', (store) => store.getAll() as IDBRequest<ResumeRecord[]>)) ?? [],
    put: async (record) => void (await run('readwrite', (store) => store.put(record))),
    remove: async (uploadId) => void (await run('readwrite', (store) => store.delete(uploadId))),
  };
}
