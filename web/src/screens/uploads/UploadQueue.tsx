import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { announce } from '../../shell/announcer';
import type { UploadsManager } from '../../uploads';
import type { UploadItem, UploadTotals } from '../../uploads/types';
import { ProgressBar } from './ProgressBar';
import { UploadRow } from './UploadRow';
import styles from './Uploads.module.css';

/** The least height of a row in pixels; what was divided into tracks is higher. */
const ROW_PX = 68;

export interface UploadQueueProps {
  readonly manager: UploadsManager;
  readonly items: readonly UploadItem[];
  readonly totals: UploadTotals;
  readonly isPaused: boolean;
  readonly onClear: () => void;
}

/** The files of this tab, and what is being processed of others: how far all is, and each by itself. */
export function UploadQueue({ manager, items, totals, isPaused, onClear }: UploadQueueProps) {
  const { t } = useTranslation(['uploads', 'common']);
  const isBusy = totals.activeFiles > 0;
  const hasFinished = items.some(
    ({ phase }) => phase === 'ready' || phase === 'rejected' || phase === 'failed' || phase === 'cancelled',
  );
  return (
    <Section
      title={t('uploads:now')}
      action={
        <div className={styles.buttons}>
          {totals.failedFiles > 0 && items.some(({ problem }) => problem?.canRetry) && (
            <Button size="s" onClick={() => manager.retryFailed()}>
              {t('uploads:retryFailed')}
            </Button>
          )}
          {isBusy && (
            <Button size="s" onClick={() => manager.cancelAll()}>
              {t('uploads:cancelAll')}
            </Button>
          )}
          {hasFinished && (
            <Button size="s" variant="quiet" onClick={onClear}>
              {t('uploads:clear')}
            </Button>
          )}
        </div>
      }
    >
      {totals.files > 0 && <Summary totals={totals} isPaused={isPaused} />}
      <Rows manager={manager} items={items} />
    </Section>
  );
}

function Summary({ totals, isPaused }: { totals: UploadTotals; isPaused: boolean }) {
  const { t } = useTranslation('uploads');
  const format = useFormat();
  const { files, sentFiles, failedFiles, bytes, sentBytes, activeFiles, processingFiles, bytesPerSecond } = totals;
  const isDone = activeFiles === 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: read out when it begins and ends, not at every byte
  useEffect(() => {
    announce(isDone ? t('announce.done', { count: sentFiles }) : t('announce.started', { count: files }));
  }, [isDone, t]);
  const leftMs = bytesPerSecond > 0 ? ((bytes - sentBytes) / bytesPerSecond) * 1000 : null;
  const parts = [
    t('sumFiles', { count: files, done: format.count(sentFiles) }),
    t('sumBytes', { done: format.bytes(sentBytes), all: format.bytes(bytes) }),
    !isDone && bytesPerSecond > 0 && t('perSecond', { size: format.bytes(bytesPerSecond) }),
    !isDone && leftMs !== null && t('timeLeft', { time: format.duration(leftMs) }),
    processingFiles > 0 && t('sumProcessing', { count: processingFiles }),
    failedFiles > 0 && t('sumFailed', { count: failedFiles }),
  ];
  return (
    <div className={styles.summary}>
      <ProgressBar label={t('total')} value={sentBytes} max={bytes} />
      <ul className={styles.facts}>
        {isPaused && <li className={styles.warning}>{t('phase.paused')}</li>}
        {parts.map((part) => part && <li key={part}>{part}</li>)}
      </ul>
    </div>
  );
}

/** As many rows as fit exist; the list may have thousands. */
function Rows({ manager, items }: { manager: UploadsManager; items: readonly UploadItem[] }) {
  const { t } = useTranslation('uploads');
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop(Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ROW_PX,
    overscan: 6,
    scrollMargin: top,
  });
  return (
    <div
      ref={list}
      role="list"
      aria-label={t('now')}
      className={styles.rows}
      style={{ blockSize: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map(({ index, start }) => {
        const item = items[index];
        if (!item) return null;
        return (
          <div
            key={item.key}
            role="listitem"
            ref={virtualizer.measureElement}
            data-index={index}
            aria-label={item.filename}
            aria-posinset={index + 1}
            aria-setsize={items.length}
            className={styles.virtualRow}
            style={{ transform: `translateY(${start - top}px)`, minBlockSize: ROW_PX }}
          >
            <UploadRow item={item} manager={manager} />
          </div>
        );
      })}
    </div>
  );
}
