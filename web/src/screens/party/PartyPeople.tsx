import { Crown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { useFormat } from '../../i18n/useFormat';
import type { PartyPeople_session$key } from './__generated__/PartyPeople_session.graphql';
import styles from './Party.module.css';
import { useDrift } from './useDrift';

/** Who listens along, and how exactly. */
export function PartyPeople({ session, viewerId }: { session: PartyPeople_session$key; viewerId: string }) {
  const { t } = useTranslation('party');
  const format = useFormat();
  const { host, participants } = useFragment(
    graphql`
      fragment PartyPeople_session on ListeningSession {
        host {
          id
        }
        participants {
          joinedAt
          online
          user {
            id
            displayName
            avatarUrl
          }
        }
      }
    `,
    session,
  );
  return (
    <ul className={styles.people} aria-label={t('people.title')}>
      {participants.map(({ user, online, joinedAt }, index) => {
        const name = user?.displayName ?? t('people.somebody');
        return (
          // Without the accounts service nobody has an id.
          <li key={user?.id ?? `nobody-${index}`} className={styles.person} data-away={!online || undefined}>
            <Cover
              url={user?.avatarUrl as string | null | undefined}
              title={name}
              shape="round"
              sizes="2.75rem"
              className={styles.face ?? ''}
            />
            <div className={styles.words}>
              <span className={styles.name} dir="auto">
                {name}
                {user?.id === viewerId && <small> {t('people.you')}</small>}
              </span>
              <small>{t('people.since', { when: format.relative(joinedAt) })}</small>
            </div>
            {user && user.id === host?.id && (
              <span className={styles.host}>
                <Crown size={15} aria-hidden="true" />
                {t('people.host')}
              </span>
            )}
            {user?.id === viewerId ? (
              <OwnDrift />
            ) : (
              <span className={styles.drift}>{t(online ? 'people.listening' : 'people.away')}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** How far this tab is from where the party is. */
function OwnDrift() {
  const { t } = useTranslation('party');
  const format = useFormat();
  const drift = useDrift();
  if (!drift) return <span className={styles.drift}>{t('people.silent')}</span>;
  const ms = `${drift.offByMs < 0 ? '−' : '+'}${format.count(Math.abs(Math.round(drift.offByMs)))}`;
  return (
    <span
      className={styles.drift}
      data-in-sync={drift.isInSync || undefined}
      title={t('people.clock', { ms: format.count(Math.max(1, Math.round(drift.clockUncertaintyMs))) })}
    >
      {t(drift.isInSync ? 'people.inSync' : 'people.catchingUp', { ms })}
    </span>
  );
}
