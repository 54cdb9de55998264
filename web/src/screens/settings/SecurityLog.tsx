import { useState, useTransition } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { MoreButton } from '../../components/controls/MoreButton';
import { Select } from '../../components/controls/TextField';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import type { SecurityLog_query$key } from './__generated__/SecurityLog_query.graphql';
import type { SecurityEventKind, SecurityLogQuery } from './__generated__/SecurityLogQuery.graphql';
import styles from './Settings.module.css';
import { securityDetail } from './securityDetail';

/** Kinds that people look for together. */
const FILTERS = {
  all: null,
  signIn: ['SIGNED_IN', 'SIGN_IN_FAILED', 'SECOND_FACTOR_FAILED', 'SESSION_ENDED', 'TOKEN_REUSED', 'STEPPED_UP'],
  password: [
    'PASSWORD_CHANGED',
    'PASSWORD_RESET',
    'PASSWORD_RESET_REQUESTED',
    'EMAIL_CHANGED',
    'EMAIL_CHANGE_REQUESTED',
    'EMAIL_VERIFIED',
  ],
  factors: [
    'TOTP_ENABLED',
    'TOTP_DISABLED',
    'PASSKEY_ADDED',
    'PASSKEY_REMOVED',
    'PASSKEY_CLONED',
    'RECOVERY_CODE_USED',
    'RECOVERY_CODES_REGENERATED',
    'SECOND_FACTOR_RESET',
  ],
  keys: ['API_KEY_CREATED', 'API_KEY_REVOKED', 'API_KEY_USED'],
} satisfies Record<string, readonly SecurityEventKind[] | null>;
type Filter = keyof typeof FILTERS;
const PAGE = 50;

/** What happened to the account in the last 90 days. */
export default function SecurityLog() {
  const { t } = useTranslation('settings');
  const [filter, setFilter] = useState<Filter>('all');
  const [isPending, begin] = useTransition();
  const data = useLazyLoadQuery<SecurityLogQuery>(
    graphql`
      query SecurityLogQuery($kinds: [SecurityEventKind!]) {
        ...SecurityLog_query @arguments(kinds: $kinds)
      }
    `,
    { kinds: FILTERS[filter] },
    { fetchPolicy: 'store-and-network' },
  );
  return (
    <Section
      title={t('section.log')}
      action={
        <Select
          label={t('filter')}
          hideLabel
          value={filter}
          options={(Object.keys(FILTERS) as Filter[]).map((value) => ({ value, label: t(`filter.${value}`) }))}
          onChange={(value) => begin(() => setFilter(value as Filter))}
        />
      }
    >
      <div aria-busy={isPending}>
        <Entries query={data} />
      </div>
    </Section>
  );
}

function Entries({ query }: { query: SecurityLog_query$key }) {
  const { t, i18n } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment(
    graphql`
      fragment SecurityLog_query on Query
      @refetchable(queryName: "SecurityLogPageQuery")
      @argumentDefinitions(kinds: { type: "[SecurityEventKind!]" }, count: { type: "Int", defaultValue: 50 }, after: { type: "String" }) {
        viewer {
          securityLog(first: $count, after: $after, kinds: $kinds) @connection(key: "SecurityLog_securityLog") {
            edges {
              cursor
              node {
                kind
                at
                lastAt
                count
                detail
                ipAddress
                userAgent
                actor {
                  displayName
                }
              }
            }
          }
        }
      }
    `,
    query,
  );
  const entries = data.viewer?.securityLog.edges ?? [];
  const kindText = (kind: string) => {
    const key = `event.${kind}`;
    return i18n.exists(key, { ns: 'settings' }) ? t(`settings:${key}` as 'settings:event.SIGNED_IN') : kind;
  };
  if (entries.length === 0) return <p>{t('settings:noEvents')}</p>;
  return (
    <>
      <ul className={styles.list}>
        {entries.map(({ cursor, node }) => (
          <li key={cursor} className={styles.item}>
            <div className={styles.what}>
              <p className={styles.name}>
                {kindText(node.kind)}
                {securityDetail(node.detail) && <bdi className={styles.soft}> · {securityDetail(node.detail)}</bdi>}
              </p>
              <p className={styles.soft}>
                {format.dateTime(node.lastAt)}
                {node.count > 1 && ` · ${t('settings:times', { count: node.count })}`}
                {node.actor && ` · ${node.actor.displayName}`}
              </p>
              {(node.ipAddress || node.userAgent) && (
                <p className={styles.soft} dir="ltr">
                  {[node.ipAddress, node.userAgent].filter(Boolean).join(' · ')}
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
      <MoreButton hasNext={hasNext} isLoadingNext={isLoadingNext} loadNext={() => loadNext(PAGE)} />
    </>
  );
}
