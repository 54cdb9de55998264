import { Link, useParams } from '@tanstack/react-router';
import { type ComponentType, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { lazyAgain } from '../../components/feedback/lazyAgain';
import { ErrorState, ScreenSkeleton } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { NotFound } from '../../shell/NotFound';
import styles from './Settings.module.css';

const SECTIONS = {
  profile: lazyAgain(() => import('./Profile')),
  account: lazyAgain(() => import('./Account')),
  security: lazyAgain(() => import('./Security')),
  sessions: lazyAgain(() => import('./Sessions')),
  apps: lazyAgain(() => import('./Apps')),
  log: lazyAgain(() => import('./SecurityLog')),
  shares: lazyAgain(() => import('./Shares')),
  playback: lazyAgain(() => import('./Playback')),
  appearance: lazyAgain(() => import('./Appearance')),
  shortcuts: lazyAgain(() => import('./Keys')),
  data: lazyAgain(() => import('./YourData')),
} satisfies Record<string, ComponentType>;

type SectionId = keyof typeof SECTIONS;
const IDS = Object.keys(SECTIONS) as SectionId[];

/** Screen 21: the settings, one section at a time, each with an address and code of its own. */
export default function Settings() {
  const { t } = useTranslation(['settings', 'common']);
  const { section = 'profile' } = useParams({ strict: false }) as { section?: string };
  if (!Object.hasOwn(SECTIONS, section)) return <NotFound />;
  const id = section as SectionId;
  const Shown = SECTIONS[id];
  return (
    <Page title={t('common:nav.settings')}>
      <div className={styles.layout}>
        <nav aria-label={t('settings:sections')} className={styles.nav}>
          <ul>
            {IDS.map((one) => (
              <li key={one}>
                <Link to="/settings/$section" params={{ section: one }} aria-current={one === id ? 'page' : undefined}>
                  {t(`settings:section.${one}`)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.content}>
          <ErrorBoundary resetKey={id} fallback={(error, retry) => <ErrorState error={error} onRetry={retry} />}>
            <Suspense fallback={<ScreenSkeleton />} key={id}>
              <Shown />
            </Suspense>
          </ErrorBoundary>
        </div>
      </div>
    </Page>
  );
}
