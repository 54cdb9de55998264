import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment, useSubscription } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { usePlayerState } from '../../player/usePlayer';
import { useMutate } from '../../relay/useMutate';
import { noteLeft } from '../../shell/partyLeft';
import type { PartySession_session$key } from './__generated__/PartySession_session.graphql';
import type { PartySessionChangedSubscription } from './__generated__/PartySessionChangedSubscription.graphql';
import type { PartySessionEndMutation } from './__generated__/PartySessionEndMutation.graphql';
import type { PartySessionLeaveMutation } from './__generated__/PartySessionLeaveMutation.graphql';
import styles from './Party.module.css';
import { PartyInvite } from './PartyInvite';
import { PartyPeople } from './PartyPeople';
import { PartyPlays } from './PartyPlays';

/** A party from inside: what plays, who is there, how others come in, and how it ends. */
export function PartySession({ session, userId }: { session: PartySession_session$key; userId: string }) {
  const { t } = useTranslation('party');
  const data = useFragment(
    graphql`
      fragment PartySession_session on ListeningSession {
        id
        guestsMayControl
        host {
          id
        }
        ...PartyInvite_session
        ...PartyPeople_session
      }
    `,
    session,
  );
  useLive(data.id);
  const isHost = data.host?.id === userId;
  return (
    <div className={styles.session}>
      <div className={styles.inside}>
        <PartyPlays />
        {!isHost && !data.guestsMayControl && <p className={styles.note}>{t('inside.onlyAdd')}</p>}
        <Section title={t('people.title')}>
          <PartyPeople session={data} userId={userId} />
        </Section>
        <PartyEnd id={data.id} isHost={isHost} />
      </div>
      <Section title={t('invite.title')}>
        <PartyInvite session={data} />
      </Section>
    </div>
  );
}

/** Keeps the party as it is: who comes and goes, who leads. */
function useLive(id: string): void {
  useSubscription<PartySessionChangedSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription PartySessionChangedSubscription($id: ID!, $after: String) {
            listeningSessionChanged(id: $id, after: $after) {
              id
              cursor
              ...PartySession_session
            }
          }
        `,
        variables: { id, after: null },
      }),
      [id],
    ),
  );
}

function PartyEnd({ id, isHost }: { id: string; isHost: boolean }) {
  const { t } = useTranslation(['party', 'common']);
  const [isEnding, setEnding] = useState(false);
  const isAlone = usePlayerState((state) => state.listeningSessionId === null);
  const [leave, isLeaving] = useMutate<PartySessionLeaveMutation>(graphql`
    mutation PartySessionLeaveMutation($id: ID!) {
      leaveListeningSession(id: $id) {
        ok
        userErrors {
          message
        }
      }
    }
  `);
  const [end] = useMutate<PartySessionEndMutation>(graphql`
    mutation PartySessionEndMutation($id: ID!) {
      endListeningSession(id: $id) {
        ok
        userErrors {
          message
        }
      }
    }
  `);
  const fail = (message?: string) => toast(message ?? t('common:actionFailed'), { tone: 'error' });
  const leaveNow = async () => {
    noteLeft(id);
    const data = await leave({ id }).catch(() => null);
    if (!data?.leaveListeningSession.ok) fail(data?.leaveListeningSession.userErrors[0]?.message);
  };
  const endNow = async () => {
    noteLeft(id);
    const data = await end({ id }).catch(() => null);
    if (!data?.endListeningSession.ok) fail(data?.endListeningSession.userErrors[0]?.message);
  };
  return (
    <div className={styles.end}>
      <Button busy={isLeaving} disabled={isAlone} onClick={() => void leaveNow()}>
        {t('party:inside.leave')}
      </Button>
      {isHost && (
        <Button variant="danger" onClick={() => setEnding(true)}>
          {t('party:inside.end')}
        </Button>
      )}
      {isEnding && (
        <ConfirmDialog
          title={t('party:inside.end')}
          body={t('party:inside.endBody')}
          confirm={t('party:inside.end')}
          onClose={() => setEnding(false)}
          onConfirm={endNow}
        />
      )}
    </div>
  );
}
