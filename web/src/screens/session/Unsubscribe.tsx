import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { useMutate } from '../../relay/useMutate';
import type { UnsubscribeMutation } from './__generated__/UnsubscribeMutation.graphql';
import { TokenForm } from './TokenForm';

/** Screen 1: no more news by mail, from the link of such a mail. */
export default function Unsubscribe() {
  const { t } = useTranslation('session');
  const [unsubscribe] = useMutate<UnsubscribeMutation>(graphql`
    mutation UnsubscribeMutation($token: String!) {
      unsubscribe(token: $token) {
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
      title={t('unsubscribe.title')}
      lead={t('unsubscribe.lead')}
      submit={t('unsubscribe.submit')}
      done={t('unsubscribe.done')}
      send={async (token) => (await unsubscribe({ token })).unsubscribe.userErrors}
    />
  );
}
