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

/**
 * So long the page stays empty for its first screen, in milliseconds. Shown without it, it would be its frame alone for 300 ms,
 * the pause that React makes between two things that appear.
 */
const SCREEN_WAIT_MS = 400;

async function start(): Promise<void> {
  applyPreferences(usePreferences.getState());
  usePreferences.subscribe((now, before) => {
    applyPreferences(now);
    if (now.language !== before.language) void setLanguage(now.language);
  });
  const texts = startI18n(usePreferences.getState().language);
  await session.restore();
  // The first screen's code and texts come beside those of every screen, not after them.
  const screen = router.load().catch(() => {});
  await texts;
  await Promise.race([screen, new Promise((waited) => setTimeout(waited, SCREEN_WAIT_MS))]);
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
