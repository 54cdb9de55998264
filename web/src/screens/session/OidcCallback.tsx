import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Skeleton } from '../../components/feedback/States';
import { errorKind } from '../../relay/errors';
import { useMutate } from '../../relay/useMutate';
import type { OidcCallbackMutation } from './__generated__/OidcCallbackMutation.graphql';
import { AuthCard, FormError } from './AuthCard';
import { takeOidcLogin } from './oidcLogin';
import { SecondFactor } from './SecondFactor';
import { useCompleteSignIn, useErrorWords } from './useCompleteSignIn';

/** Screen 1: where a provider sends people back to. */
export default function OidcCallback() {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const { complete, challenge, restart, errors } = useCompleteSignIn();
  const [failure, setFailure] = useState<string | null>(null);
  const [send] = useMutate<OidcCallbackMutation>(graphql`
    mutation OidcCallbackMutation($code: String!, $state: String!, $verifier: String, $invitation: String) {
      completeOidcLogin(code: $code, state: $state, verifier: $verifier, invitation: $invitation) {
        ...useCompleteSignIn_payload
      }
    }
  `);
  const isSent = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code is good once
  useEffect(() => {
    if (isSent.current) return;
    isSent.current = true;
    const given = new URLSearchParams(location.search);
    // The code is of no use to anybody after this, and has no place in the history.
    history.replaceState(history.state, '', location.pathname);
    const code = given.get('code');
    const login = takeOidcLogin(given.get('state') ?? '');
    if (!code || !login) {
      setFailure(t('oidc.failed'));
      return;
    }
    const { state, verifier, invitation, next } = login;
    send({ code, state, verifier, invitation }).then(
      (data) => complete(data.completeOidcLogin, next),
      (error) => setFailure(common(`error.${errorKind(error)}.body`)),
    );
  }, []);
  if (challenge) return <SecondFactor challenge={challenge} complete={complete} errors={errors} onRestart={restart} />;
  const shown = failure ?? words(errors[0]);
  return (
    <AuthCard title={t('oidc.title')} footer={shown && <Link to="/sign-in">{t('signIn.title')}</Link>}>
      {shown ? <FormError text={shown} /> : <Skeleton />}
    </AuthCard>
  );
}
