import { CloudDownload } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRelayEnvironment } from 'react-relay';

import { IconButton } from '../components/controls/Button';
import { toast } from '../components/feedback/toasts';
import { useCreatedPlayer } from '../shell/PlayerProvider';
import type { OfflineContext } from './saveTracks';

/** Pages without TLS have no storage for songs. */
const CAN_STORE = 'caches' in globalThis;

/** Saves all of an album, playlist or the like for playing without a network. How it goes is shown on the offline screen. */
export function SaveOffline({ context, disabled }: { context: OfflineContext; disabled?: boolean | undefined }) {
  const { t } = useTranslation();
  const environment = useRelayEnvironment();
  const downloads = useCreatedPlayer()?.downloads;
  const [isBusy, setBusy] = useState(false);
  if (!CAN_STORE) return null;
  const save = async () => {
    if (!downloads || isBusy) return;
    setBusy(true);
    try {
      const { wantedTracks } = await import('./saveTracks');
      const wanted = await wantedTracks(environment, context);
      void downloads.download(wanted);
      toast(t('offline.saving', { count: wanted.length }));
    } catch {
      toast(t('actionFailed'), { tone: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <IconButton
      size="l"
      label={t('offline.save')}
      aria-busy={isBusy || undefined}
      disabled={disabled || !downloads}
      icon={<CloudDownload size={20} />}
      onClick={() => void save()}
    />
  );
}
