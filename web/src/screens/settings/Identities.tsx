import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { Identities_query$key } from './__generated__/Identities_query.graphql';
import type { IdentitiesUnlinkMutation } from './__generated__/IdentitiesUnlinkMutation.graphql';
import type { OnChanged } from './Security';
import styles from './Settings.module.css';
import { useAct } from './useAct';

/** Accounts at other providers that the viewer signs in with. */
export function Identities({ query, onChanged }: { query: Identities_query$key; onChanged: OnChanged }) {
  const { t } = useTranslation('settings');
  const format = useFormat();
  const act = useAct();
  const data = useFragment(
    graphql`
      fragment Identities_query on Query {
        authProviders {
          id
          name
        }
        viewer {
          identities {
            id
            provider
            email
            linkedAt
            lastUsedAt
          }
        }
      }
    `,
    query,
  );
  const [unlink] = useMutate<IdentitiesUnlinkMutation>(graphql`
    mutation IdentitiesUnlinkMutation($id: ID!) {
      unlinkIdentity(id: $id) {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  const providers = data.authProviders ?? [];
  const identities = data.viewer?.identities ?? [];
  if (providers.length === 0 && identities.length === 0) return null;
  const nameOf = (id: string) => providers.find((provider) => provider.id === id)?.name ?? id;
  const take = async (id: string) => {
    if (await act(async () => (await unlink({ id })).unlinkIdentity.userErrors)) onChanged();
  };
  return (
    <Section title={t('identities')}>
      <p className={styles.soft}>{t('identitiesLead')}</p>
      <ul className={styles.list}>
        {identities.map((identity) => (
          <li key={identity.id} className={styles.item} aria-label={nameOf(identity.provider)}>
            <div className={styles.what}>
              <p className={styles.name}>{nameOf(identity.provider)}</p>
              <p className={styles.soft}>
                {identity.email && <bdi dir="ltr">{identity.email} · </bdi>}
                {t('since', { when: format.day(identity.linkedAt) })}
              </p>
            </div>
            <Button size="s" variant="danger" onClick={() => void take(identity.id)}>
              {t('unlink')}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
