import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import { MenuButton } from '../../components/controls/Menu';
import { toast } from '../../components/feedback/toasts';
import type { DownloadFormat, DownloadMenuQuery } from './__generated__/DownloadMenuQuery.graphql';

/** Saves the track as a file. Its address is asked for when it is wanted, for it is good for a while only. */
export function DownloadMenu({ trackId }: { trackId: string }) {
  const { t } = useTranslation(['music', 'common']);
  const environment = useRelayEnvironment();
  const download = async (format: DownloadFormat) => {
    const data = await fetchQuery<DownloadMenuQuery>(
      environment,
      graphql`
        query DownloadMenuQuery($id: ID!, $format: DownloadFormat!) {
          track(id: $id) {
            downloadUrl(format: $format) {
              url
            }
          }
        }
      `,
      { id: trackId, format },
      { fetchPolicy: 'network-only' },
    )
      .toPromise()
      .catch(() => null);
    const url = data?.track?.downloadUrl?.url as string | undefined;
    if (!url) return toast(t('music:track.noDownload'), { tone: 'error' });
    const link = document.createElement('a');
    link.href = url;
    link.download = '';
    link.click();
  };
  return (
    <MenuButton
      label={t('music:track.download')}
      icon={<Download size={20} />}
      sections={() => [
        {
          id: 'formats',
          actions: [
            { id: 'mp3', label: t('music:track.downloadMp3'), onAction: () => void download('MP3') },
            { id: 'original', label: t('music:track.downloadOriginal'), onAction: () => void download('ORIGINAL') },
          ],
        },
      ]}
    />
  );
}
