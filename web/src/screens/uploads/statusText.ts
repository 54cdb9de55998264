import { useTranslation } from 'react-i18next';

import { useFormat } from '../../i18n/useFormat';
import type { ServerUpload, UploadItem } from '../../uploads/types';

/** What becomes of a file, in words. */
export function useStatusText(): (
  item: Pick<UploadItem, 'phase' | 'problem' | 'doneBytes' | 'sizeBytes' | 'server'>,
) => string {
  const { t } = useTranslation('uploads');
  const format = useFormat();
  const processing = (server: ServerUpload | null): string => {
    if (server?.state === 'TRANSCODING' && server.job) {
      const percent = format.percent(server.job.percent / 100);
      const { etaMs } = server.job;
      return etaMs
        ? t('phase.encodingLeft', { percent, time: format.duration(etaMs) })
        : t('phase.encoding', { percent });
    }
    return t(server?.state === 'PROBING' ? 'phase.probing' : 'phase.queued');
  };
  return ({ phase, problem, doneBytes, sizeBytes, server }) => {
    if (problem) return t(`problem.${problem.code}`);
    const percent = format.percent(sizeBytes > 0 ? Math.min(1, doneBytes / sizeBytes) : 0);
    if (phase === 'checking') return t('phase.checking', { percent });
    if (phase === 'sending') return t('phase.sending', { percent });
    if (phase === 'processing') return processing(server);
    if (phase === 'ready' && server && server.cuts.length > 0) return t('phase.divided', { count: server.cuts.length });
    if (phase === 'ready' && server?.duplicateOf) return t('phase.duplicate', { title: server.duplicateOf.title });
    return t(`phase.${phase === 'rejected' || phase === 'failed' ? 'failed' : phase}`);
  };
}
