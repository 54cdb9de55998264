import { X } from 'lucide-react';
import { type ComponentType, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../components/controls/Button';
import { ErrorBoundary } from '../components/feedback/ErrorBoundary';
import { lazyAgain } from '../components/feedback/lazyAgain';
import { ErrorState } from '../components/feedback/States';
import { closePanel, type Panel } from './dialogs';
import styles from './SidePanel.module.css';

const PANELS: Readonly<Record<Panel, ComponentType>> = {
  queue: lazyAgain(() => import('../screens/queue/QueuePanel')),
  devices: lazyAgain(() => import('../screens/devices/DevicesPanel')),
  lyrics: lazyAgain(() => import('../screens/now-playing/LyricsPanel')),
};

/** A panel beside the screen; on smaller screens above it. */
export default function SidePanel({ panel }: { panel: Panel }) {
  const { t } = useTranslation();
  const Content = PANELS[panel];
  const title = t(`command.${panel}`);
  return (
    <aside className={styles.panel} aria-label={title} onKeyDown={(event) => event.key === 'Escape' && closePanel()}>
      <header className={styles.head}>
        <h2>{title}</h2>
        <IconButton size="s" label={t('close')} icon={<X size={18} />} onClick={closePanel} />
      </header>
      <div className={styles.body}>
        <ErrorBoundary resetKey={panel} fallback={(error, retry) => <ErrorState error={error} onRetry={retry} />}>
          <Suspense fallback={null}>
            <Content />
          </Suspense>
        </ErrorBoundary>
      </div>
    </aside>
  );
}
