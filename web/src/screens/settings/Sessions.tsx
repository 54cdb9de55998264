import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Switch } from '../../components/controls/TextField';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import { session as ownSession } from '../../session';
import type { SessionsEverywhereMutation } from './__generated__/SessionsEverywhereMutation.graphql';
import type { SessionsQuery } from './__generated__/SessionsQuery.graphql';
import type { SessionsRevokeMutation } from './__generated__/SessionsRevokeMutation.graphql';
import styles from './Settings.module.css';
import { useAct } from './useAct';

/** Where the viewer is signed in; each can be signed out from here. */
export default function Sessions() {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const act = useAct();
  const [generation, setGeneration] = useState(0);
  const [isAsking, setAsking] = useState(false);
  const { viewer } = useLazyLoadQuery<SessionsQuery>(
    graphql`
      query SessionsQuery {
        viewer {
          sessions {
            id
            deviceName
            userAgent
            ipAddress
            createdAt
            lastSeenAt
            current
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: generation },
  );
  const [revoke] = useMutate<SessionsRevokeMutation>(graphql`
    mutation SessionsRevokeMutation($id: ID!) {
      revokeSession(sessionId: $id) {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  const end = async (id: string) => {
    await act(async () => (await revoke({ id })).revokeSession.userErrors, t('settings:signedOutThere'));
    setGeneration(generation + 1);
  };
  return (
    <Section
      title={t('settings:section.sessions')}
      action={
        <Button size="s" variant="danger" onClick={() => setAsking(true)}>
          {t('settings:everywhere')}
        </Button>
      }
    >
      <ul className={styles.list}>
        {viewer?.sessions.map((session) => {
          const name = session.deviceName ?? session.userAgent ?? t('settings:unknownDevice');
          return (
            <li key={session.id} className={styles.item} aria-label={name}>
              <div className={styles.what}>
                <p className={styles.name} dir="auto">
                  {name}
                  {session.current && <span className={styles.badge}>{t('settings:thisDevice')}</span>}
                </p>
                <p className={styles.soft}>{t('settings:lastSeen', { when: format.relative(session.lastSeenAt) })}</p>
                <p className={styles.soft}>
                  {t('settings:since', { when: format.dateTime(session.createdAt) })}
                  {session.ipAddress && <bdi> · {session.ipAddress}</bdi>}
                </p>
              </div>
              {!session.current && (
                <Button size="s" aria-label={t('settings:signOutNamed', { name })} onClick={() => void end(session.id)}>
                  {t('common:signOut')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {isAsking && <Everywhere onClose={() => setAsking(false)} />}
    </Section>
  );
}

function Everywhere({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common']);
  const [revokeApiKeys, setRevokes] = useState(false);
  const act = useAct();
  const [logout, isBusy] = useMutate<SessionsEverywhereMutation>(graphql`
    mutation SessionsEverywhereMutation($revokeApiKeys: Boolean!) {
      logout(everywhere: true, revokeApiKeys: $revokeApiKeys) {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  const end = async () => {
    const isDone = await act(async () => (await logout({ revokeApiKeys })).logout.userErrors);
    if (isDone) await ownSession.signOut();
  };
  return (
    <Dialog
      title={t('settings:everywhere')}
      size="s"
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button variant="danger" busy={isBusy} onClick={() => void end()}>
            {t('settings:everywhere')}
          </Button>
        </>
      }
    >
      <p>{t('settings:everywhereBody')}</p>
      <Switch
        label={t('settings:revokeKeys')}
        hint={t('settings:revokeKeysHint')}
        checked={revokeApiKeys}
        onChange={setRevokes}
      />
    </Dialog>
  );
}
