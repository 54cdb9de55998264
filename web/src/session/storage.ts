/** Keys of localStorage that say how this browser looks and behaves, not who used it; they outlive a sign-out. */
const DEVICE_KEYS: ReadonlySet<string> = new Set(['polyphony.preferences', 'polyphony.shortcuts']);

/** The caches of the page's own files, which are nobody's. */
const isShellCache = (name: string) => name.startsWith('workbox-precache') || name === 'polyphony-used';
/** The session's own record, which goes last: until then it says that there is something to delete. */
const SESSION_DATABASE = 'polyphony-session';

/**
 * Deletes everything that the player keeps of a person in this browser: databases, caches, storage. A module that keeps
 * something under a name of its own need not register here: whatever there is goes.
 */
export async function clearPersonalStorage(): Promise<void> {
  for (const key of Object.keys(localStorage)) {
    if (!DEVICE_KEYS.has(key)) localStorage.removeItem(key);
  }
  sessionStorage.clear();
  const caching = 'caches' in globalThis ? caches.keys() : Promise.resolve([]);
  const names = (await caching).filter((name) => !isShellCache(name));
  const databases = (await indexedDB.databases?.()) ?? [];
  await Promise.allSettled([
    ...names.map((name) => caches.delete(name)),
    ...databases.map(({ name }) => (name && name !== SESSION_DATABASE ? deleteDatabase(name) : undefined)),
  ]);
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((done) => {
    const deleting = indexedDB.deleteDatabase(name);
    // Another tab may still have it open; it is cleared there, and goes when that tab lets go of it.
    deleting.onblocked = () => done();
    deleting.onsuccess = () => done();
    deleting.onerror = () => done();
  });
}
