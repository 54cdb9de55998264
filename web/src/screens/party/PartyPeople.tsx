import { Crown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Cover } from '../../components/cards/Cover';
import { faceUrl } from '../../components/cards/faceUrl';
import { useFormat } from '../../i18n/useFormat';
import type { PartyPeople_session$key } from './__generated__/PartyPeople_session.graphql';
import styles from './Party.module.css';
import { IN_SYNC_MS, useDrift } from './useDrift';
import { useDrifts } from './useDrifts';

/** Who listens along, and how exactly. */
export function PartyPeople({ session, userId }: { session: PartyPeople_session$key; userId: string }) {
  const { t } = useTranslation('party');
  const format = useFormat();
  const { id, host, participants } = useFragment(
    graphql`
      fragment PartyPeople_session on ListeningSession {
        id
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
            picture {
              url
            }
          }
        }
      }
    `,
    session,
  );
  const drifts = useDrifts(id);
  return (
    <ul className={styles.people} aria-label={t('people.title')}>
      {participants.map(({ user, online, joinedAt }, index) => {
        const name = user?.displayName ?? t('people.somebody');
        return (
          // Without the accounts service nobody has an id.
          <li key={user?.id ?? `nobody-${index}`} className={styles.person} data-away={!online || undefined}>
            <Cover
              url={user && faceUrl(user)}
              title={name}
              shape="round"
              sizes="2.75rem"
              className={styles.face ?? ''}
            />
            <div className={styles.words}>
              <span className={styles.name} dir="auto">
                {name}
                {user?.id === userId && <small> {t('people.you')}</small>}
              </span>
              <small>{t('people.since', { when: format.relative(joinedAt) })}</small>
            </div>
            {user && user.id === host?.id && (
              <span className={styles.host}>
                <Crown size={15} aria-hidden="true" />
                {t('people.host')}
              </span>
            )}
            {user?.id === userId ? <OwnDrift /> : <OthersDrift online={online} offByMs={user && drifts.get(user.id)} />}
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
  const uncertainty = format.count(Math.max(1, Math.round(drift.clockUncertaintyMs)));
  return <Drift offByMs={drift.offByMs} title={t('people.clock', { ms: uncertainty })} />;
}

/** How far somebody else is, as their player has said in the last seconds. */
function OthersDrift({ online, offByMs }: { online: boolean; offByMs: number | null | undefined }) {
  const { t } = useTranslation('party');
  if (online && offByMs != null) return <Drift offByMs={offByMs} title={t('people.theirDrift')} />;
  return <span className={styles.drift}>{t(online ? 'people.listening' : 'people.away')}</span>;
}

function Drift({ offByMs, title }: { offByMs: number; title: string }) {
  const { t } = useTranslation('party');
  const format = useFormat();
  const isInSync = Math.abs(offByMs) <= IN_SYNC_MS;
  const ms = `${offByMs < 0 ? '−' : '+'}${format.count(Math.abs(Math.round(offByMs)))}`;
  return (
    <span className={styles.drift} data-in-sync={isInSync || undefined} title={title}>
      {t(isInSync ? 'people.inSync' : 'people.catchingUp', { ms })}
    </span>
  );
}
