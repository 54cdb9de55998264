import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { TextField } from '../../components/controls/TextField';
import { useMutate } from '../../relay/useMutate';
import type { ResetPasswordMutation } from './__generated__/ResetPasswordMutation.graphql';
import { TokenForm } from './TokenForm';

/** Screen 1: a new password, with the token of a mail. */
export default function ResetPassword() {
  const { t } = useTranslation('session');
  const [reset] = useMutate<ResetPasswordMutation>(graphql`
    mutation ResetPasswordMutation($token: String!, $newPassword: String!) {
      resetPassword(token: $token, newPassword: $newPassword) {
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  return (
    <TokenForm
      title={t('reset.title')}
      lead={t('reset.lead')}
      submit={t('reset.submit')}
      done={t('reset.done')}
      send={async (token, form) =>
        (await reset({ token, newPassword: String(form.get('password')) })).resetPassword.userErrors
      }
    >
      <TextField
        label={t('newPassword')}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        hint={t('passwordHint')}
        dir="ltr"
      />
    </TokenForm>
  );
}
