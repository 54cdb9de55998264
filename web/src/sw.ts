/// <reference lib="webworker" />
// The service worker: the shell of the page is there without a network. What is played offline is src/offline's.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope;

/** How long the server may take to answer with the page before the kept one shows, in milliseconds. */
const PAGE_TIMEOUT_MS = 800;
/** Screens and texts that were used once, and the language of this browser. */
const USED = 'polyphony-used';
const LANGUAGE = '/language';

const manifest = self.__WB_MANIFEST.map((entry) =>
  typeof entry === 'string' ? { url: entry, revision: null } : entry,
);
/** See precache.ts. */
const later = new Set(manifest.filter(({ revision }) => revision === 'later').map(({ url }) => url));

precacheAndRoute(manifest.filter(({ url }) => !later.has(url)));
cleanupOutdatedCaches();

const keptPage = createHandlerBoundToURL('/index.html');

async function freshPage(request: Request): Promise<Response | null> {
  const answer = await fetch(request).catch(() => null);
  const isPage = answer?.ok && answer.headers.get('content-type')?.startsWith('text/html');
  return isPage ? answer : null;
}

/**
 * Pages of the player are one document; the API's own addresses and files are the server's. The server's document comes first:
 * its policy says whence media may be fetched now, and it is the newest.
 */
async function page(options: Parameters<typeof keptPage>[0]): Promise<Response> {
  const timeout = new Promise<null>((done) => setTimeout(done, PAGE_TIMEOUT_MS, null));
  return (await Promise.race([freshPage(options.request), timeout])) ?? keptPage(options);
}

registerRoute(new NavigationRoute(page, { denylist: [/^\/graphql/, /^\/health/, /\/[^/]+\.[^/]+$/] }));

registerRoute(
  ({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith('/assets/'),
  async ({ request, event }) => {
    const used = await caches.open(USED);
    const kept = await used.match(request.url);
    if (kept) return kept;
    const answer = await fetch(request);
    if (answer.ok) event.waitUntil(used.put(request.url, answer.clone()));
    return answer;
  },
);

/** Fetches all texts of a language that are not there. */
async function keepTexts(language: string): Promise<void> {
  const used = await caches.open(USED);
  const texts = [...later].filter((url) => url.startsWith(`assets/texts-${language}-`)).map((url) => `/${url}`);
  const missing = await Promise.all(texts.map(async (url) => ((await used.match(url)) ? [] : [url])));
  await used.addAll(missing.flat());
}

/** A new version has its texts before it takes over: it may do so without a network. */
async function install(): Promise<void> {
  const language = await (await caches.match(LANGUAGE, { cacheName: USED }))?.text();
  if (language) await keepTexts(language);
}

/** What the versions before have used is of no use any more. */
async function dropOld(): Promise<void> {
  const used = await caches.open(USED);
  const isOld = ({ url }: Request) => {
    const { pathname } = new URL(url);
    return pathname !== LANGUAGE && !later.has(pathname.slice(1));
  };
  await Promise.all((await used.keys()).filter(isOld).map((request) => used.delete(request)));
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(dropOld()));

async function setLanguage(language: string): Promise<void> {
  await (await caches.open(USED)).put(LANGUAGE, new Response(language));
  await keepTexts(language);
}

self.addEventListener('message', (event) => {
  // A new version takes over when the page asks for it, never in the middle of a song.
  if (event.data?.type === 'SKIP_WAITING') void self.skipWaiting();
  if (event.data?.type === 'LANGUAGE') event.waitUntil(setLanguage(event.data.language).catch(() => {}));
  // A page asks whether it is of this version: whether its script is.
  if (event.data?.type === 'HAS')
    event.ports[0]?.postMessage(manifest.some(({ url }) => `/${url}` === event.data.path));
});
