import { useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../components/controls/Button';
import { Dialog } from '../components/controls/Dialog';
import { TextField } from '../components/controls/TextField';
import { errorKind } from '../relay/errors';
import { useMutate } from '../relay/useMutate';
import { session } from '../session';
import { hasPasskeys, signWithPasskey } from '../session/passkey';
import { settleStepUp } from '../session/stepUp';
import type { StepUpDialogBeginMutation } from './__generated__/StepUpDialogBeginMutation.graphql';
import type {
  StepUpDialogMutation,
  StepUpDialogMutation$variables,
} from './__generated__/StepUpDialogMutation.graphql';
import type { StepUpDialogQuery } from './__generated__/StepUpDialogQuery.graphql';
import styles from './StepUpDialog.module.css';

type Way = 'password' | 'totp' | 'recovery';

/** Asks who it is before a dangerous change: by the second factor of whoever has one, else by the password. */
export default function StepUpDialog() {
  const { t } = useTranslation(['session', 'common']);
  const { viewer } = useLazyLoadQuery<StepUpDialogQuery>(
    graphql`
      query StepUpDialogQuery {
        viewer {
          secondFactors {
            recoveryCodesLeft
            totp {
              enabledAt
            }
            passkeys {
              id
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'network-only' },
  );
  const factors = viewer?.secondFactors;
  const hasPasskey = (factors?.passkeys.length ?? 0) > 0 && hasPasskeys();
  const hasFactor = Boolean(factors?.totp) || (factors?.passkeys.length ?? 0) > 0;
  const ways: readonly Way[] = hasFactor
    ? [...(factors?.totp ? (['totp'] as const) : []), ...(factors?.recoveryCodesLeft ? (['recovery'] as const) : [])]
    : ['password'];
  const [chosen, setWay] = useState<Way | null>(null);
  const way = chosen ?? ways[0];
  const prove = useProof();
  const [error, submit, isBusy] = useActionState(async (_: string | null, form: FormData | 'passkey') => {
    try {
      return await prove(form === 'passkey' ? 'passkey' : { way: way ?? 'password', text: String(form.get('proof')) });
    } catch (failure) {
      return t(`common:error.${errorKind(failure)}.body`);
    }
  }, null);
  return (
    <Dialog title={t('session:stepUp.title')} size="s" onClose={() => settleStepUp(false)}>
      <p>{t('session:stepUp.lead')}</p>
      {way && (
        <form action={submit} key={way} className={styles.form}>
          {way === 'password' && (
            <TextField
              label={t('session:password')}
              name="proof"
              type="password"
              autoComplete="current-password"
              required
              autoFocus
              dir="ltr"
              error={error}
            />
          )}
          {way === 'totp' && (
            <TextField
              label={t('session:second.code')}
              hint={t('session:second.totpLead')}
              name="proof"
              inputMode="numeric"
              autoComplete="one-time-code"
              pattern="[0-9 ]{6,7}"
              required
              autoFocus
              dir="ltr"
              error={error}
            />
          )}
          {way === 'recovery' && (
            <TextField
              label={t('session:second.recovery')}
              hint={t('session:second.recoveryLead')}
              name="proof"
              autoComplete="off"
              required
              autoFocus
              dir="ltr"
              error={error}
            />
          )}
          <Button type="submit" variant="primary" busy={isBusy}>
            {t('session:second.submit')}
          </Button>
        </form>
      )}
      {hasPasskey && (
        <form action={() => submit('passkey')} className={styles.form}>
          <Button type="submit" variant={way ? 'secondary' : 'primary'} busy={isBusy}>
            {t('session:signIn.passkey')}
          </Button>
          {!way && error && <p role="alert">{error}</p>}
        </form>
      )}
      <div className={styles.others}>
        {ways.length > 1 && (
          <Button variant="quiet" size="s" onClick={() => setWay(way === 'totp' ? 'recovery' : 'totp')}>
            {t(way === 'totp' ? 'session:second.useRecovery' : 'session:second.useTotp')}
          </Button>
        )}
        {!hasFactor && (
          <Button variant="quiet" size="s" onClick={() => void session.signOut()}>
            {t('session:stepUp.signInAgain')}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** Sends a proof; gives what is wrong with it, in words, or null when it was accepted or the person changed their mind. */
function useProof() {
  const { t, i18n } = useTranslation('session');
  const [begin] = useMutate<StepUpDialogBeginMutation>(graphql`
    mutation StepUpDialogBeginMutation {
      beginPasskeyAssertion {
        ceremony
        options
      }
    }
  `);
  const [send] = useMutate<StepUpDialogMutation>(graphql`
    mutation StepUpDialogMutation($input: StepUpInput!) {
      stepUp(input: $input) {
        expiresAt
        userErrors {
          code
          message
        }
      }
    }
  `);
  const sendInput = async (input: StepUpDialogMutation$variables['input']): Promise<string | null> => {
    const { expiresAt, userErrors } = (await send({ input })).stepUp;
    if (expiresAt) {
      settleStepUp(true);
      return null;
    }
    const [error] = userErrors;
    // Nothing here asks for an e-mail address, which the words of a failed sign-in speak of.
    if (error?.code === 'INVALID_CREDENTIALS') return t(input.passkey ? 'stepUp.wrongPasskey' : 'stepUp.wrongPassword');
    const key = `code.${error?.code}`;
    return i18n.exists(key, { ns: 'session' }) ? t(key as 'code.INVALID_CODE') : (error?.message ?? null);
  };
  return async (proof: 'passkey' | { way: Way; text: string }): Promise<string | null> => {
    if (proof === 'passkey') {
      const { ceremony, options } = (await begin({})).beginPasskeyAssertion;
      const credential = options && (await signWithPasskey(options));
      return ceremony && credential ? sendInput({ passkey: { ceremony, credential } }) : null;
    }
    if (proof.way === 'password') return sendInput({ password: proof.text });
    return sendInput(
      proof.way === 'totp' ? { totpCode: proof.text.replaceAll(' ', '') } : { recoveryCode: proof.text.trim() },
    );
  };
}
