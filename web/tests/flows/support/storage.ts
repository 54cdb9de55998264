import type { Page } from '@playwright/test';

/** What a browser keeps beside the page's own files and how the page shall look in it: of nobody, when nobody is signed in. */
export const keptOf = (page: Page) =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const records: string[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name ?? ''));
      for (const store of database.objectStoreNames) {
        const kept = await done(database.transaction(store).objectStore(store).getAll());
        records.push(...kept.map((record) => `${name}/${store}: ${JSON.stringify(record)}`));
      }
      database.close();
    }
    return {
      keys: Object.keys(localStorage).filter((key) => !/^polyphony\.(preferences|shortcuts)$/.test(key)),
      session: Object.keys(sessionStorage).filter((key) => !key.startsWith('tsr-')),
      caches: (await caches.keys()).filter((name) => !name.startsWith('workbox-precache') && name !== 'polyphony-used'),
      records,
    };
  });
