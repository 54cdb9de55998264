import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { useFormat } from '../../i18n/useFormat';
import { usePlayerState } from '../../player/usePlayer';
import { useMutate } from '../../relay/useMutate';
import { Switch } from '../controls/TextField';
import { toast } from '../feedback/toasts';
import type { PrivateSwitchMutation } from './__generated__/PrivateSwitchMutation.graphql';
import type { PrivateSwitchQuery } from './__generated__/PrivateSwitchQuery.graphql';

/** Turns a private session on or off, and says until when it lasts. */
export function PrivateSwitch() {
  const { t } = useTranslation(['player', 'common']);
  const format = useFormat();
  // Frames of playback tell what other devices did.
  const privateUntil = usePlayerState((state) => state.privateUntil);
  const { viewer } = useLazyLoadQuery<PrivateSwitchQuery>(
    graphql`
      query PrivateSwitchQuery {
        viewer {
          id
          privateSession {
            endsAt
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: privateUntil ?? 'none' },
  );
  const [set, isBusy] = useMutate<PrivateSwitchMutation>(graphql`
    mutation PrivateSwitchMutation($enabled: Boolean!) {
      setPrivateSession(enabled: $enabled) {
        viewer {
          id
          privateSession {
            endsAt
          }
        }
        userErrors {
          message
        }
      }
    }
  `);
  if (!viewer) return null;
  const change = async (enabled: boolean) => {
    const done = await set({ enabled }).catch(() => null);
    const error = done?.setPrivateSession.userErrors[0];
    if (!done || error) toast(error?.message ?? t('common:actionFailed'), { tone: 'error' });
  };
  const endsAt = viewer.privateSession?.endsAt;
  return (
    <Switch
      label={t('player:private.label')}
      hint={endsAt ? t('player:private.until', { time: format.dateTime(endsAt) }) : t('player:private.hint')}
      checked={endsAt != null}
      disabled={isBusy}
      onChange={(enabled) => void change(enabled)}
    />
  );
}
