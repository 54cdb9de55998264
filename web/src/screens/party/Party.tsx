import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { PartialFailure } from '../../components/feedback/States';
import { Page } from '../../components/layout/Page';
import { usePlayerState } from '../../player/usePlayer';
import type { PartyQuery } from './__generated__/PartyQuery.graphql';
import { PartySession } from './PartySession';
import { StartParty } from './StartParty';

/** Screen 15: the listening party that the viewer is in, or the ways into one. */
export default function Party() {
  const { t } = useTranslation(['party', 'common']);
  // The player hears first when a party begins, ends, or is left on another device.
  const sessionId = usePlayerState((state) => state.listeningSessionId);
  const { viewer } = useLazyLoadQuery<PartyQuery>(
    graphql`
      query PartyQuery {
        viewer {
          id
          user {
            id
          }
          playback {
            id
            listeningSession {
              id
              ...PartySession_session
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: sessionId ?? 'none' },
  );
  const session = viewer?.playback?.listeningSession;
  return (
    <Page title={t(session ? 'party:inside.title' : 'common:nav.party')} width="full">
      {!viewer?.playback && <PartialFailure what={t('common:nav.party')} />}
      {viewer?.playback && !session && <StartParty />}
      {viewer && session && <PartySession session={session} userId={viewer.user.id} />}
    </Page>
  );
}
