import { Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorBoundary } from '../components/feedback/ErrorBoundary';
import { Late } from '../components/feedback/Late';
import { lazyAgain } from '../components/feedback/lazyAgain';
import { ErrorState, ScreenSkeleton } from '../components/feedback/States';
import { Toasts } from '../components/feedback/Toasts';
import { useAnnouncement } from './announcer';
import { closeDialog, closePanel, useShell } from './dialogs';
import { FileDrop } from './FileDrop';
import { PlayerBar } from './PlayerBar';
import styles from './Shell.module.css';
import { ShellShortcuts } from './ShellShortcuts';
import { Sidebar } from './Sidebar';
import { StepUp } from './StepUp';
import { TopBar } from './TopBar';

const Dialogs = lazyAgain(() => import('./Dialogs'));
const SidePanel = lazyAgain(() => import('./SidePanel'));

/** The screen that stands alone, with controls of its own. */
const FULL_SCREEN = '/now-playing';

/** The frame around every screen of whoever is signed in: navigation, search, the player. */
export function Shell() {
  const { t } = useTranslation();
  const dialog = useShell((state) => state.dialog);
  const panel = useShell((state) => state.panel);
  const isFull = useRouterState({
    select: (state) => (state.resolvedLocation ?? state.location).pathname === FULL_SCREEN,
  });
  return (
    <>
      <a href="#main" className={styles.skip}>
        {t('skipToContent')}
      </a>
      <div className={styles.shell} data-panel={panel ?? undefined} data-full={isFull || undefined}>
        {!isFull && <Sidebar />}
        <div className={styles.column}>
          {!isFull && <TopBar />}
          <Screen />
        </div>
        {panel && (
          <Late onFailure={closePanel}>
            <SidePanel panel={panel} />
          </Late>
        )}
      </div>
      {/* It stays: it also says what goes wrong. */}
      <div hidden={isFull}>
        <PlayerBar />
      </div>
      <Toasts />
      <Announcer />
      <ShellShortcuts />
      <FileDrop />
      {dialog && (
        <Late onFailure={closeDialog}>
          <Dialogs dialog={dialog} />
        </Late>
      )}
      <StepUp />
    </>
  );
}

/** The screen of the address. It fails alone: navigation and player stay. */
export function Screen() {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address moves the focus
  useEffect(() => {
    // The first page is the browser's to focus.
    if (isFirst.current) isFirst.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <main id="main" tabIndex={-1} ref={main} className={styles.main}>
      <ErrorBoundary resetKey={pathname} fallback={(error, retry) => <ErrorState error={error} onRetry={retry} />}>
        <Suspense fallback={<ScreenSkeleton />} key={pathname}>
          <Outlet />
        </Suspense>
      </ErrorBoundary>
    </main>
  );
}

function Announcer() {
  const text = useAnnouncement((state) => state.text);
  return (
    <p className="visually-hidden" aria-live="polite" aria-atomic="true">
      {text}
    </p>
  );
}
