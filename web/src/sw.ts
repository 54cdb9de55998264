/// <reference lib="webworker" />
// The service worker: the shell of the page is there without a network. What is played offline is src/offline's.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope;

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
// Pages of the player are one document; the API's own addresses and files are the server's.
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), {
    denylist: [/^\/graphql/, /^\/health/, /\/[^/]+\.[^/]+$/],
  }),
);
// A new version takes over when the page asks for it, never in the middle of a song.
self.addEventListener('message', (event) => {
  if (event.data?.type === 'SKIP_WAITING') void self.skipWaiting();
});
