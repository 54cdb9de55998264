import { useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { TextField } from '../../components/controls/TextField';
import { errorKind } from '../../relay/errors';
import { useMutate } from '../../relay/useMutate';
import { hasPasskeys, signWithPasskey } from '../../session/passkey';
import type { SecondFactorBeginMutation } from './__generated__/SecondFactorBeginMutation.graphql';
import type { SecondFactorMutation } from './__generated__/SecondFactorMutation.graphql';
import type { useCompleteSignIn_payload$key } from './__generated__/useCompleteSignIn_payload.graphql';
import { AuthCard, FormError } from './AuthCard';
import styles from './AuthCard.module.css';
import { type Challenge, type UserErrors, useErrorWords } from './useCompleteSignIn';

export interface SecondFactorProps {
  readonly challenge: Challenge;
  readonly complete: (payload: useCompleteSignIn_payload$key) => Promise<void>;
  readonly errors: UserErrors;
  readonly onRestart: () => void;
}

/** The second step of a sign-in: a code of an app, a recovery code or a passkey. */
export function SecondFactor({ challenge, complete, errors, onRestart }: SecondFactorProps) {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const hasTotp = challenge.methods.includes('TOTP');
  const [usesRecovery, setUsesRecovery] = useState(!hasTotp && challenge.methods.includes('RECOVERY_CODE'));
  const hasCode = hasTotp || challenge.methods.includes('RECOVERY_CODE');
  const hasPasskey = challenge.methods.includes('PASSKEY') && hasPasskeys();
  const { sendCode, sendPasskey } = useSecondFactor(challenge, complete);
  const [failure, submit, isBusy] = useActionState(async (_: string | null, form: FormData | 'passkey') => {
    try {
      if (form === 'passkey') await sendPasskey();
      else await sendCode(String(form.get('code')), usesRecovery);
      return null;
    } catch (error) {
      return common(`error.${errorKind(error)}.body`);
    }
  }, null);
  return (
    <AuthCard
      title={t('second.title')}
      lead={t(hasCode ? (usesRecovery ? 'second.recoveryLead' : 'second.totpLead') : 'second.passkeyLead')}
    >
      {hasCode && (
        <form action={submit} key={String(usesRecovery)}>
          {usesRecovery ? (
            <TextField label={t('second.recovery')} name="code" autoComplete="off" required dir="ltr" autoFocus />
          ) : (
            <TextField
              label={t('second.code')}
              name="code"
              inputMode="numeric"
              autoComplete="one-time-code"
              pattern="[0-9 ]{6,7}"
              required
              dir="ltr"
              autoFocus
            />
          )}
          <FormError text={failure ?? words(errors[0])} />
          <Button type="submit" variant="primary" size="l" busy={isBusy}>
            {t('second.submit')}
          </Button>
        </form>
      )}
      <div className={styles.others}>
        {hasPasskey && (
          <form action={() => submit('passkey')}>
            <Button type="submit" busy={isBusy}>
              {t('signIn.passkey')}
            </Button>
          </form>
        )}
        {hasTotp && challenge.methods.includes('RECOVERY_CODE') && (
          <Button variant="quiet" onClick={() => setUsesRecovery(!usesRecovery)}>
            {t(usesRecovery ? 'second.useTotp' : 'second.useRecovery')}
          </Button>
        )}
        <Button variant="quiet" onClick={onRestart}>
          {t('second.restart')}
        </Button>
      </div>
    </AuthCard>
  );
}

function useSecondFactor(challenge: Challenge, complete: SecondFactorProps['complete']) {
  const [begin] = useMutate<SecondFactorBeginMutation>(graphql`
    mutation SecondFactorBeginMutation($challenge: String!) {
      beginPasskeyAssertion(challenge: $challenge) {
        ceremony
        options
      }
    }
  `);
  const [send] = useMutate<SecondFactorMutation>(graphql`
    mutation SecondFactorMutation($input: CompleteSecondFactorInput!) {
      completeSecondFactor(input: $input) {
        ...useCompleteSignIn_payload
      }
    }
  `);
  return {
    async sendCode(code: string, isRecovery: boolean) {
      const factor = isRecovery ? { recoveryCode: code.trim() } : { totpCode: code.replaceAll(' ', '') };
      await complete((await send({ input: { challenge: challenge.token, ...factor } })).completeSecondFactor);
    },
    async sendPasskey() {
      const { ceremony, options } = (await begin({ challenge: challenge.token })).beginPasskeyAssertion;
      const credential = options && (await signWithPasskey(options));
      if (!ceremony || !credential) return;
      const input = { challenge: challenge.token, passkey: { ceremony, credential } };
      await complete((await send({ input })).completeSecondFactor);
    },
  };
}
