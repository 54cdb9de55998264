import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { PartyPopper } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import { Page } from '../../components/layout/Page';
import { useMutate } from '../../relay/useMutate';
import { useSession } from '../../session/SessionProvider';
import { LinkButton } from '../share/LinkButton';
import type { JoinMutation } from './__generated__/JoinMutation.graphql';
import type { JoinQuery } from './__generated__/JoinQuery.graphql';
import styles from './Party.module.css';
import { CodeForm } from './StartParty';

/** Screen 15: the way into a party, for whoever has its code. */
export default function Join() {
  const { t } = useTranslation('party');
  const session = useSession();
  const { code } = useParams({ from: '/open/join/$code' });
  return (
    <Page title={t('join.title')} header={<h1 className="visually-hidden">{t('join.title')}</h1>} width="narrow">
      <div className={styles.card}>
        <PartyPopper size={44} strokeWidth={1.4} aria-hidden="true" className={styles.icon} />
        {session.status === 'signedIn' ? <Found code={code} key={code} /> : <SignInFirst code={code} />}
      </div>
    </Page>
  );
}

/** A party is for people of this server: a guest needs an account on it. */
function SignInFirst({ code }: { code: string }) {
  const { t } = useTranslation('party');
  const next = `/join/${encodeURIComponent(code)}`;
  return (
    <>
      <h2>{t('join.invited')}</h2>
      <p>{t('join.signIn')}</p>
      <p className={styles.code} dir="ltr">
        {code}
      </p>
      <div className={styles.end}>
        <LinkButton isPrimary to="/sign-in" search={{ next }}>
          {t('join.toSignIn')}
        </LinkButton>
        <Link to="/register" search={{ next }} className={styles.link}>
          {t('join.toRegister')}
        </Link>
      </div>
    </>
  );
}

function Found({ code }: { code: string }) {
  const { t } = useTranslation(['party', 'common']);
  const { listeningSession } = useLazyLoadQuery<JoinQuery>(
    graphql`
      query JoinQuery($code: String!) {
        listeningSession(code: $code) {
          id
          code
          guestsMayControl
          host {
            id
            displayName
          }
          participants {
            joinedAt
          }
        }
      }
    `,
    { code },
    { fetchPolicy: 'network-only' },
  );
  if (!listeningSession) return <Wrong code={code} />;
  const { host, participants, guestsMayControl } = listeningSession;
  return (
    <>
      <h2>{t('party:join.by', { name: host?.displayName ?? t('party:people.somebody') })}</h2>
      <p>
        {t('party:join.count', { count: participants.length })}{' '}
        {t(guestsMayControl ? 'party:join.mayControl' : 'party:join.mayAdd')}
      </p>
      <JoinButton code={listeningSession.code} />
    </>
  );
}

function JoinButton({ code }: { code: string }) {
  const { t } = useTranslation(['party', 'common']);
  const navigate = useNavigate();
  const [join, isBusy] = useMutate<JoinMutation>(graphql`
    mutation JoinMutation($code: String!) {
      joinListeningSession(code: $code) {
        session {
          id
          ...PartySession_session
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const act = async () => {
    const data = await join({ code }).catch(() => null);
    const error = data?.joinListeningSession.userErrors[0];
    if (data?.joinListeningSession.session && !error) return navigate({ to: '/party' });
    const known =
      error &&
      (
        {
          SESSION_ENDED: 'party:join.ended',
          SESSION_FULL: 'party:join.full',
          CONFLICT: 'party:join.elsewhere',
        } as const
      )[error.code as string];
    toast(known ? t(known) : (error?.message ?? t('common:actionFailed')), { tone: 'error' });
  };
  return (
    <Button variant="primary" size="l" busy={isBusy} onClick={() => void act()}>
      {t('party:join.button')}
    </Button>
  );
}

/** There is no such party: what may be wrong, and another try. */
function Wrong({ code }: { code: string }) {
  const { t } = useTranslation('party');
  return (
    <>
      <h2>{t('wrong.title')}</h2>
      <p>{t('wrong.body', { code })}</p>
      <CodeForm />
    </>
  );
}
