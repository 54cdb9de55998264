import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { AppsQuery } from './__generated__/AppsQuery.graphql';
import type { AppsRevokeMutation } from './__generated__/AppsRevokeMutation.graphql';
import { NewKeyDialog } from './NewKeyDialog';
import styles from './Settings.module.css';
import { useAct } from './useAct';

/** Keys of programs and phone apps that act for the viewer. */
export default function Apps() {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const act = useAct();
  const [generation, setGeneration] = useState(0);
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<{ readonly id: string; readonly name: string } | null>(null);
  const { viewer } = useLazyLoadQuery<AppsQuery>(
    graphql`
      query AppsQuery {
        viewer {
          role
          apiKeys {
            id
            name
            scopes
            createdAt
            expiresAt
            lastUsedAt
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: generation },
  );
  const [revoke] = useMutate<AppsRevokeMutation>(graphql`
    mutation AppsRevokeMutation($id: ID!) {
      revokeApiKey(id: $id) {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  const refresh = () => setGeneration((last) => last + 1);
  const keys = viewer?.apiKeys ?? [];
  return (
    <Section
      title={t('settings:section.apps')}
      action={
        <Button size="s" variant="primary" icon={<Plus size={16} />} onClick={() => setMaking(true)}>
          {t('settings:newKey')}
        </Button>
      }
    >
      <p className={styles.soft}>{t('settings:appsLead')}</p>
      {keys.length === 0 ? (
        <p>{t('settings:noKeys')}</p>
      ) : (
        <ul className={styles.list}>
          {keys.map((key) => (
            <li key={key.id} className={styles.item} aria-label={key.name}>
              <div className={styles.what}>
                <p className={styles.name} dir="auto">
                  {key.name}
                </p>
                <p className={styles.soft}>
                  {key.scopes.map((scope) => t(`settings:scope.${scope as 'read'}`)).join(' · ')}
                </p>
                <p className={styles.soft}>
                  {key.lastUsedAt
                    ? t('settings:lastUsed', { when: format.relative(key.lastUsedAt) })
                    : t('settings:neverUsed')}{' '}
                  · {t('settings:goodUntil', { when: format.day(key.expiresAt) })}
                </p>
              </div>
              <Button
                size="s"
                variant="danger"
                aria-label={t('settings:revokeNamed', { name: key.name })}
                onClick={() => setRevoking(key)}
              >
                {t('settings:revoke')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {isMaking && viewer && <NewKeyDialog role={viewer.role} onMade={refresh} onClose={() => setMaking(false)} />}
      {revoking && (
        <ConfirmDialog
          title={t('settings:revokeNamed', { name: revoking.name })}
          body={t('settings:revokeBody')}
          confirm={t('settings:revoke')}
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await act(async () => (await revoke({ id: revoking.id })).revokeApiKey.userErrors);
            refresh();
          }}
        />
      )}
    </Section>
  );
}
