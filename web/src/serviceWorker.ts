import i18next from 'i18next';

import { toast } from './components/feedback/toasts';

/** A page that stays open asks for a new version no more often than this, in milliseconds. */
const UPDATE_MS = 5 * 60_000;
/** How long a new version may take to arrive before the page is loaded again without it. */
const ARRIVAL_MS = 8_000;
/** How often a tab in which music plays looks whether it may be loaded again. */
const SILENCE_MS = 5_000;

let lastUpdate = 0;

const registration = () => navigator.serviceWorker?.getRegistration().catch(() => undefined);

/** Whether this page is of the worker's version: then its script is among the worker's files. */
function isOfVersion(worker: ServiceWorker): Promise<boolean> {
  const script = document.querySelector<HTMLScriptElement>('script[type=module][src]');
  if (!script) return Promise.resolve(true);
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data === true);
    worker.postMessage({ type: 'HAS', path: new URL(script.src).pathname }, [port2]);
  });
}

/** Loads the page again; where music plays, once it is silent. */
function reloadWhenSilent(): void {
  if (navigator.mediaSession?.playbackState !== 'playing') location.reload();
  else setTimeout(reloadWhenSilent, SILENCE_MS);
}

/** A new version is there: offered to whoever has an older page, and taken by a page that is of it already. */
async function offer(worker: ServiceWorker): Promise<void> {
  if (await isOfVersion(worker)) {
    worker.postMessage({ type: 'SKIP_WAITING' });
    return;
  }
  const run = () => worker.postMessage({ type: 'SKIP_WAITING' });
  toast(i18next.t('error.outdated.title'), { stays: true, action: { label: i18next.t('reload'), run } });
}

function watch(found: ServiceWorkerRegistration): void {
  if (found.waiting) void offer(found.waiting);
  found.addEventListener('updatefound', () => {
    const { installing } = found;
    installing?.addEventListener('statechange', () => {
      // The first worker of a page has nothing to take over.
      if (installing.state === 'installed' && navigator.serviceWorker.controller) void offer(installing);
    });
  });
}

function tellLanguage(found: ServiceWorkerRegistration): void {
  found.active?.postMessage({ type: 'LANGUAGE', language: i18next.language });
}

/** Makes the page start without a network, and follows new versions. */
export async function registerServiceWorker(): Promise<void> {
  // Pages without TLS have no service workers, except on this machine.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Also when another tab has asked for it: this one's files are not kept any more.
  navigator.serviceWorker.addEventListener('controllerchange', async () => {
    const { controller } = navigator.serviceWorker;
    if (controller && !(await isOfVersion(controller))) reloadWhenSilent();
  });
  lastUpdate = performance.now();
  watch(await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && performance.now() - lastUpdate > UPDATE_MS) void checkForUpdate();
  });
  const ready = await navigator.serviceWorker.ready;
  tellLanguage(ready);
  i18next.on('languageChanged', () => tellLanguage(ready));
}

/** Asks the server for a new version now: it was away, say, and may have been replaced. */
export async function checkForUpdate(): Promise<void> {
  lastUpdate = performance.now();
  await (await registration())?.update().catch(() => {});
}

function arrived(found: ServiceWorkerRegistration): Promise<ServiceWorker | null> {
  if (found.waiting || !found.installing) return Promise.resolve(found.waiting);
  const { installing } = found;
  return new Promise((resolve) => {
    installing.addEventListener('statechange', () => resolve(found.waiting));
    setTimeout(resolve, ARRIVAL_MS, null);
  });
}

/** Loads the page again with the newest version: the server does not know this one any more. */
export async function reloadNewest(): Promise<void> {
  await checkForUpdate();
  const found = await registration();
  const worker = found && (await arrived(found));
  if (worker) {
    const changed = new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done));
    worker.postMessage({ type: 'SKIP_WAITING' });
    await Promise.race([changed, new Promise((done) => setTimeout(done, 1_000))]);
  }
  location.reload();
}
