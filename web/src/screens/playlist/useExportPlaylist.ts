import { useTranslation } from 'react-i18next';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import { toast } from '../../components/feedback/toasts';
import type { useExportPlaylistQuery } from './__generated__/useExportPlaylistQuery.graphql';
import { type FileFormat, saveFile } from './files';

/** Saves a playlist as a file on this device, and says what is not in it. */
export function useExportPlaylist(): (playlistId: string, format: FileFormat) => Promise<void> {
  const { t } = useTranslation(['playlists', 'common']);
  const environment = useRelayEnvironment();
  return async (id, format) => {
    const data = await fetchQuery<useExportPlaylistQuery>(
      environment,
      graphql`
        query useExportPlaylistQuery($id: ID!, $format: PlaylistFileFormat!) {
          playlist(id: $id) {
            id
            export(format: $format) {
              content
              fileName
              mediaType
              omittedCount
            }
          }
        }
      `,
      { id, format },
      { fetchPolicy: 'network-only' },
    )
      .toPromise()
      .catch(() => null);
    const file = data?.playlist?.export;
    if (!file) return toast(t('common:actionFailed'), { tone: 'error' });
    saveFile({ name: file.fileName, type: file.mediaType, content: file.content });
    if (file.omittedCount > 0) toast(t('playlists:exportOmitted', { count: file.omittedCount }));
  };
}
