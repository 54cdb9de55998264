import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import type { DownloadManager, DownloadState, OfflineState } from '../../offline/downloads';
import styles from './Offline.module.css';

/** What is on its way here, and what did not come. */
export function Downloads({ state, downloads }: { state: OfflineState; downloads: DownloadManager }) {
  const { t } = useTranslation('offline');
  const open = [...state.downloads].filter(([, { kind }]) => kind !== 'DONE');
  if (open.length === 0) return null;
  return (
    <Section title={t('coming', { count: open.length })}>
      <ul className={styles.tracks}>
        {open.map(([trackId, download]) => (
          <Row
            key={trackId}
            title={downloads.titleOf(trackId) ?? t('untitled')}
            download={download}
            onRemove={() => void downloads.remove([trackId])}
          />
        ))}
      </ul>
    </Section>
  );
}

function Row({ title, download, onRemove }: { title: string; download: DownloadState; onRemove: () => void }) {
  const { t } = useTranslation(['offline', 'common', 'player']);
  const format = useFormat();
  return (
    <li className={styles.download}>
      <span className={styles.title} dir="auto">
        {title}
      </span>
      {download.kind === 'RUNNING' && (
        <progress value={download.progress} aria-label={t('offline:progress', { title })} />
      )}
      <span className={styles.size}>
        {download.kind === 'RUNNING' && format.percent(download.progress)}
        {download.kind === 'WAITING' && t('offline:waiting')}
        {download.kind === 'FAILED' && t(download.reason === 'NO_ROOM' ? 'offline:noRoom' : 'offline:failed')}
      </span>
      <IconButton size="s" label={t('offline:cancelNamed', { title })} icon={<X size={16} />} onClick={onRemove} />
    </li>
  );
}
