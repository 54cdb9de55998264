import { useTranslation } from 'react-i18next';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import { toast } from '../../components/feedback/toasts';
import { usePlayer } from '../../player/usePlayer';
import type { useRadioQuery } from './__generated__/useRadioQuery.graphql';

/** Plays a track and goes on with what goes well after it. */
export function useRadio(): (trackId: string) => Promise<void> {
  const { t } = useTranslation('music');
  const environment = useRelayEnvironment();
  const player = usePlayer();
  return async (trackId) => {
    const data = await fetchQuery<useRadioQuery>(
      environment,
      graphql`
        query useRadioQuery($id: ID!) {
          track(id: $id) {
            title
            radio(first: 50) {
              track {
                id
              }
            }
          }
        }
      `,
      { id: trackId },
      { fetchPolicy: 'network-only' },
    )
      .toPromise()
      .catch(() => null);
    if (!data?.track) return toast(t('track.noRadio'), { tone: 'error' });
    const ids = data.track.radio.map(({ track }) => track.id).filter((id) => id !== trackId);
    const done = await player?.playTracks([trackId, ...ids]);
    if (done?.ok) toast(t('track.radioOf', { title: data.track.title }));
  };
}
