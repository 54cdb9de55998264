import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
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
  const [isAsking, setAsking] = useState<'everywhere' | 'others' | null>(null);
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
  const sessions = viewer?.sessions ?? [];
  const others = sessions.filter(({ current }) => !current);
  const endOthers = async () => {
    const all = async () => {
      for (const { id } of others) {
        const { userErrors } = (await revoke({ id })).revokeSession;
        if (userErrors.length > 0) return userErrors;
      }
      return [];
    };
    await act(all, t('settings:signedOutThere'));
    setGeneration(generation + 1);
  };
  const nameOf = (session: (typeof sessions)[number]) =>
    session.deviceName ?? session.userAgent ?? t('settings:unknownDevice');
  return (
    <Section
      title={t('settings:section.sessions')}
      action={
        <div className={styles.buttons}>
          {others.length > 1 && (
            <Button size="s" onClick={() => setAsking('others')}>
              {t('settings:others')}
            </Button>
          )}
          <Button size="s" variant="danger" onClick={() => setAsking('everywhere')}>
            {t('settings:everywhere')}
          </Button>
        </div>
      }
    >
      <ul className={styles.list}>
        {sessions.map((session) => {
          const name = nameOf(session);
          // Of several that are called alike each is told by its beginning.
          const isAlike = sessions.some((one) => one.id !== session.id && nameOf(one) === name);
          const label = isAlike ? t('settings:nameSince', { name, when: format.dateTime(session.createdAt) }) : name;
          return (
            <li key={session.id} className={styles.item} aria-label={label}>
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
                <Button
                  size="s"
                  aria-label={t('settings:signOutNamed', { name: label })}
                  onClick={() => void end(session.id)}
                >
                  {t('common:signOut')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {isAsking === 'everywhere' && <Everywhere onClose={() => setAsking(null)} />}
      {isAsking === 'others' && (
        <ConfirmDialog
          title={t('settings:others')}
          body={t('settings:othersBody')}
          confirm={t('settings:others')}
          onClose={() => setAsking(null)}
          onConfirm={endOthers}
        />
      )}
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
