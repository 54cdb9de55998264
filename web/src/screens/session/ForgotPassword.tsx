import { Link } from '@tanstack/react-router';
import { useActionState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { TextField } from '../../components/controls/TextField';
import { errorKind } from '../../relay/errors';
import { useMutate } from '../../relay/useMutate';
import type { ForgotPasswordMutation } from './__generated__/ForgotPasswordMutation.graphql';
import { AuthCard, FormError } from './AuthCard';
import { useErrorWords } from './useCompleteSignIn';

/** Screen 1: asks for the mail with which a new password is set. The answer is the same for addresses without an account. */
export default function ForgotPassword() {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const [ask] = useMutate<ForgotPasswordMutation>(graphql`
    mutation ForgotPasswordMutation($email: String!) {
      requestPasswordReset(email: $email) {
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const [state, submit, isBusy] = useActionState(
    async (_: { isSent: boolean; text: string | null }, form: FormData) => {
      try {
        const [error] = (await ask({ email: String(form.get('email')) })).requestPasswordReset.userErrors;
        return { isSent: !error, text: words(error) };
      } catch (error) {
        return { isSent: false, text: common(`error.${errorKind(error)}.body`) };
      }
    },
    { isSent: false, text: null },
  );
  return (
    <AuthCard
      title={t('forgot.title')}
      lead={state.isSent ? undefined : t('forgot.lead')}
      footer={<Link to="/sign-in">{t('signIn.title')}</Link>}
    >
      {state.isSent ? (
        <>
          <p role="status">{t('forgot.sent')}</p>
          <Link to="/reset">{t('forgot.haveToken')}</Link>
        </>
      ) : (
        <form action={submit}>
          <TextField label={t('email')} name="email" type="email" autoComplete="username" required dir="ltr" />
          <FormError text={state.text} />
          <Button type="submit" variant="primary" size="l" busy={isBusy}>
            {t('forgot.submit')}
          </Button>
        </form>
      )}
    </AuthCard>
  );
}
