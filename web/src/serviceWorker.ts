import i18next from 'i18next';

import { toast } from './components/feedback/toasts';

/** Makes the page start without a network, and offers a new version when there is one. */
export async function registerServiceWorker(): Promise<void> {
  // Pages without TLS have no service workers, except on this machine.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // Beside the first screen, not before it.
  const { Workbox } = await import('workbox-window');
  const workbox = new Workbox('/sw.js', { updateViaCache: 'none' });
  workbox.addEventListener('waiting', () => {
    toast(i18next.t('error.outdated.title'), {
      action: {
        label: i18next.t('reload'),
        run: () => {
          workbox.addEventListener('controlling', () => location.reload());
          workbox.messageSkipWaiting();
        },
      },
    });
  });
  await workbox.register();
}
