import './trustedTypes';

import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import './styles/tokens.css';
import './styles/base.css';
import { setLanguage, startI18n } from './i18n';
import { applyPreferences, usePreferences } from './preferences/preferences';
import { router } from './router';
import { session } from './session';
import { SessionProvider } from './session/SessionProvider';
import { PlayerProvider } from './shell/PlayerProvider';

/** When somebody signs out, here or elsewhere, the page begins anew: nothing of theirs stays in its memory. */
function leaveOnSignOut(): void {
  let last = session.getSnapshot();
  session.subscribe(() => {
    const next = session.getSnapshot();
    if (last.status === 'signedIn' && next.status === 'signedOut') {
      location.replace(next.reason === 'ended' ? '/sign-in?reason=ended' : '/sign-in');
    }
    // Another person has come, here or in another tab: nothing of the one before stays in the page's memory.
    if (last.status === 'signedIn' && next.status === 'signedIn' && last.userId !== next.userId) location.reload();
    // Another tab has signed in: this one follows.
    if (last.status === 'signedOut' && next.status === 'signedIn') void router.invalidate();
    last = next;
  });
}

async function start(): Promise<void> {
  applyPreferences(usePreferences.getState());
  usePreferences.subscribe((now, before) => {
    applyPreferences(now);
    if (now.language !== before.language) void setLanguage(now.language);
  });
  await Promise.all([startI18n(usePreferences.getState().language), session.restore()]);
  leaveOnSignOut();
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no #root');
  createRoot(root).render(
    <StrictMode>
      <SessionProvider>
        <PlayerProvider>
          <RouterProvider router={router} />
        </PlayerProvider>
      </SessionProvider>
    </StrictMode>,
  );
  // Beside the first screen, not before it.
  import('./serviceWorker')
    .then(({ registerServiceWorker }) => registerServiceWorker())
    .catch((error) => console.warn('no service worker', error));
}

void start();
