import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { SecurityDisableMutation } from './__generated__/SecurityDisableMutation.graphql';
import type { SecurityQuery } from './__generated__/SecurityQuery.graphql';
import type { SecurityRecoveryMutation } from './__generated__/SecurityRecoveryMutation.graphql';
import { Identities } from './Identities';
import { Passkeys } from './Passkeys';
import { RecoveryCodesDialog } from './RecoveryCodesDialog';
import styles from './Settings.module.css';
import { TotpDialog } from './TotpDialog';
import { useAct } from './useAct';

/** Second factors of the viewer, and the providers that they sign in at. */
export default function Security() {
  const { t } = useTranslation(['settings', 'common']);
  const [generation, setGeneration] = useState(0);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const data = useLazyLoadQuery<SecurityQuery>(
    graphql`
      query SecurityQuery {
        ...Identities_query
        viewer {
          secondFactors {
            required
            recoveryCodesLeft
            totp {
              enabledAt
            }
            ...Passkeys_factors
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: generation },
  );
  const factors = data.viewer?.secondFactors;
  if (!factors) return null;
  const changed = (made?: readonly string[] | null) => {
    if (made) setCodes(made);
    setGeneration((last) => last + 1);
  };
  return (
    <>
      <Section title={t('settings:totp')}>
        <p className={styles.soft}>{t('settings:factorsLead')}</p>
        {factors.required && <p>{t('settings:factorRequired')}</p>}
        <TotpState enabledAt={factors.totp?.enabledAt ?? null} onChanged={changed} />
      </Section>
      <Passkeys factors={factors} onChanged={changed} />
      <Recovery left={factors.recoveryCodesLeft} onChanged={changed} />
      <Identities query={data} onChanged={changed} />
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </>
  );
}

export type OnChanged = (recoveryCodes?: readonly string[] | null) => void;

function TotpState({ enabledAt, onChanged }: { enabledAt: string | null; onChanged: OnChanged }) {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const act = useAct();
  const [open, setOpen] = useState<'begin' | 'disable' | null>(null);
  const [disable] = useMutate<SecurityDisableMutation>(graphql`
    mutation SecurityDisableMutation {
      disableTotp {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  return (
    <>
      <div className={styles.item}>
        <p className={styles.what}>
          {enabledAt ? t('settings:totpOn', { since: format.day(enabledAt) }) : t('settings:totpOff')}
        </p>
        <div className={styles.buttons}>
          <Button size="s" variant={enabledAt ? 'secondary' : 'primary'} onClick={() => setOpen('begin')}>
            {t(enabledAt ? 'settings:totpAgain' : 'settings:totpBegin')}
          </Button>
          {enabledAt && (
            <Button size="s" variant="danger" onClick={() => setOpen('disable')}>
              {t('settings:turnOff')}
            </Button>
          )}
        </div>
      </div>
      {open === 'begin' && <TotpDialog onClose={() => setOpen(null)} onDone={onChanged} />}
      {open === 'disable' && (
        <ConfirmDialog
          title={t('settings:totpDisable')}
          body={t('settings:totpDisableBody')}
          confirm={t('settings:turnOff')}
          onClose={() => setOpen(null)}
          onConfirm={async () => {
            if (await act(async () => (await disable({})).disableTotp.userErrors)) onChanged();
          }}
        />
      )}
    </>
  );
}

function Recovery({ left, onChanged }: { left: number; onChanged: OnChanged }) {
  const { t } = useTranslation(['settings', 'common']);
  const act = useAct();
  const [make, isBusy] = useMutate<SecurityRecoveryMutation>(graphql`
    mutation SecurityRecoveryMutation {
      regenerateRecoveryCodes {
        recoveryCodes
        userErrors {
          code
          message
        }
      }
    }
  `);
  const renew = () =>
    act(async () => {
      const { recoveryCodes, userErrors } = (await make({})).regenerateRecoveryCodes;
      if (recoveryCodes) onChanged(recoveryCodes);
      return userErrors;
    });
  return (
    <Section title={t('settings:recovery')}>
      <div className={styles.item}>
        <p className={styles.what}>{t('settings:recoveryLeft', { count: left })}</p>
        <Button size="s" busy={isBusy} onClick={() => void renew()}>
          {t('settings:recoveryRenew')}
        </Button>
      </div>
    </Section>
  );
}
