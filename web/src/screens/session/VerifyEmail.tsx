import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { useMutate } from '../../relay/useMutate';
import type { VerifyEmailMutation } from './__generated__/VerifyEmailMutation.graphql';
import { TokenForm } from './TokenForm';

/** Screen 1: shows with the token of a mail that an address is one's own. */
export default function VerifyEmail() {
  const { t } = useTranslation('session');
  const [verify] = useMutate<VerifyEmailMutation>(graphql`
    mutation VerifyEmailMutation($token: String!) {
      verifyEmail(token: $token) {
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
      title={t('verify.title')}
      lead={t('verify.lead')}
      submit={t('verify.submit')}
      done={t('verify.done')}
      send={async (token) => (await verify({ token })).verifyEmail.userErrors}
    />
  );
}
