import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, CloudUpload, Copy, Loader, RotateCcw, X } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../../components/controls/Button';
import { useFormat } from '../../i18n/useFormat';
import type { UploadsManager } from '../../uploads';
import type { UploadItem } from '../../uploads/types';
import { PlayUpload } from './PlayUpload';
import { ProgressBar } from './ProgressBar';
import { useStatusText } from './statusText';
import styles from './Uploads.module.css';

/** One file: what it is, how far it is, and what can be done. */
export const UploadRow = memo(function UploadRow({ item, manager }: { item: UploadItem; manager: UploadsManager }) {
  const { t } = useTranslation(['uploads', 'common']);
  const format = useFormat();
  const status = useStatusText();
  const track = item.server?.track ?? item.server?.duplicateOf ?? null;
  return (
    <div className={styles.row} data-phase={item.phase}>
      <PhaseIcon item={item} />
      <div className={styles.what}>
        <p className={styles.name} dir="auto">
          {track ? (
            <Link to="/tracks/$trackId" params={{ trackId: track.id }}>
              {track.title}
            </Link>
          ) : (
            item.filename
          )}
          {item.folder && !track && (
            <span className={styles.folder} dir="auto">
              {item.folder}
            </span>
          )}
        </p>
        <p className={styles.status}>
          <span>{status(item)}</span>
          <span className={styles.size}>{format.bytes(item.sizeBytes)}</span>
        </p>
        {item.server?.notSplitBecause && (
          <p className={styles.reason}>
            <span>{t('uploads:notSplit')}</span>
            <span lang="en" dir="auto">
              {item.server.notSplitBecause}
            </span>
          </p>
        )}
        {item.server && item.server.cuts.length > 0 && <Cuts cuts={item.server.cuts} />}
        <Progress item={item} label={t('uploads:progressOf', { name: item.filename })} />
      </div>
      <div className={styles.actions}>
        <PlayUpload server={item.server} />
        {item.problem?.canRetry || (item.phase === 'cancelled' && item.hasFile) ? (
          <IconButton
            label={t('common:tryAgain')}
            icon={<RotateCcw size={18} />}
            onClick={() => manager.retry(item.key)}
          />
        ) : null}
        {['waiting', 'checking', 'sending', 'paused', 'interrupted', 'processing'].includes(item.phase) && (
          <IconButton label={t('common:cancel')} icon={<X size={20} />} onClick={() => manager.cancel(item.key)} />
        )}
      </div>
    </div>
  );
});

/** The tracks that a file was divided into. */
function Cuts({ cuts }: { cuts: NonNullable<UploadItem['server']>['cuts'] }) {
  const { t } = useTranslation('uploads');
  return (
    <ol className={styles.cuts} aria-label={t('cuts')}>
      {cuts.map(({ id, track }) => (
        <li key={id} dir="auto">
          {track ? (
            <Link to="/tracks/$trackId" params={{ trackId: track.id }}>
              {track.title}
            </Link>
          ) : (
            t('phase.queued')
          )}
        </li>
      ))}
    </ol>
  );
}

function PhaseIcon({ item: { phase, server } }: { item: UploadItem }) {
  const Icon =
    phase === 'ready'
      ? server?.duplicateOf
        ? Copy
        : CircleCheck
      : phase === 'failed' || phase === 'rejected' || phase === 'interrupted'
        ? CircleAlert
        : phase === 'processing'
          ? Loader
          : CloudUpload;
  return <Icon size={20} strokeWidth={1.9} className={styles.phaseIcon} aria-hidden="true" />;
}

function Progress({ item, label }: { item: UploadItem; label: string }) {
  if (item.phase === 'sending' || item.phase === 'paused')
    return <ProgressBar label={label} value={item.doneBytes} max={item.sizeBytes} />;
  if (item.phase === 'checking')
    return <ProgressBar label={label} value={item.doneBytes} max={item.sizeBytes} tone="calm" />;
  if (item.phase === 'processing')
    return <ProgressBar label={label} value={item.server?.job?.percent ?? 0} max={100} tone="calm" />;
  return null;
}
