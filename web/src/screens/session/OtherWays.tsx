import { useSearch } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { errorKind } from '../../relay/errors';
import { useMutate } from '../../relay/useMutate';
import { deviceName } from '../../session/deviceName';
import { hasPasskeys, signWithPasskey } from '../../session/passkey';
import type { OtherWays_query$key } from './__generated__/OtherWays_query.graphql';
import type { OtherWaysBeginOidcMutation } from './__generated__/OtherWaysBeginOidcMutation.graphql';
import type { OtherWaysBeginPasskeyMutation } from './__generated__/OtherWaysBeginPasskeyMutation.graphql';
import type { OtherWaysPasskeyMutation } from './__generated__/OtherWaysPasskeyMutation.graphql';
import type { useCompleteSignIn_payload$key } from './__generated__/useCompleteSignIn_payload.graphql';
import { FormError } from './AuthCard';
import styles from './AuthCard.module.css';
import { callbackUrl, keepOidcLogin } from './oidcLogin';

export interface OtherWaysProps {
  readonly query: OtherWays_query$key;
  readonly complete: (payload: useCompleteSignIn_payload$key) => Promise<void>;
}

/** Signing in without a password: by passkey, or at a provider that the operator trusts. */
export function OtherWays({ query, complete }: OtherWaysProps) {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const [failure, setFailure] = useState<string | null>(null);
  const data = useFragment(
    graphql`
      fragment OtherWays_query on Query {
        authProviders {
          id
          name
        }
      }
    `,
    query,
  );
  const signInWithPasskey = usePasskeySignIn(complete);
  const beginOidc = useOidcStart();
  const attempt = (act: () => Promise<string | null>) => async () => {
    setFailure(null);
    try {
      setFailure(await act());
    } catch (error) {
      setFailure(common(`error.${errorKind(error)}.body`));
    }
  };
  const providers = data.authProviders ?? [];
  if (providers.length === 0 && !hasPasskeys()) return null;
  return (
    <div className={styles.others}>
      <span className={styles.or}>{t('signIn.or')}</span>
      {hasPasskeys() && (
        <Button icon={<KeyRound size={18} />} onClick={attempt(signInWithPasskey)}>
          {t('signIn.passkey')}
        </Button>
      )}
      {providers.map((provider) => (
        <Button key={provider.id} onClick={attempt(() => beginOidc(provider.id))}>
          {t('signIn.provider', { name: provider.name })}
        </Button>
      ))}
      <FormError text={failure} />
    </div>
  );
}

function usePasskeySignIn(complete: OtherWaysProps['complete']) {
  const [begin] = useMutate<OtherWaysBeginPasskeyMutation>(graphql`
    mutation OtherWaysBeginPasskeyMutation {
      beginPasskeyLogin {
        ceremony
        options
        userErrors {
          message
        }
      }
    }
  `);
  const [finish] = useMutate<OtherWaysPasskeyMutation>(graphql`
    mutation OtherWaysPasskeyMutation($input: CompletePasskeyLoginInput!) {
      completePasskeyLogin(input: $input) {
        ...useCompleteSignIn_payload
      }
    }
  `);
  return async (): Promise<string | null> => {
    const { ceremony, options, userErrors } = (await begin({})).beginPasskeyLogin;
    if (!ceremony || !options) return userErrors[0]?.message ?? null;
    const credential = await signWithPasskey(options);
    if (credential) {
      const input = { ceremony, credential, deviceName: deviceName() };
      await complete((await finish({ input })).completePasskeyLogin);
    }
    return null;
  };
}

function useOidcStart() {
  const search = useSearch({ strict: false }) as { next?: string; invitation?: string };
  const [begin] = useMutate<OtherWaysBeginOidcMutation>(graphql`
    mutation OtherWaysBeginOidcMutation($provider: String!, $redirectUri: Url!) {
      beginOidcLogin(provider: $provider, redirectUri: $redirectUri) {
        authorizationUrl
        state
        verifier
        userErrors {
          message
        }
      }
    }
  `);
  return async (provider: string): Promise<string | null> => {
    const begun = (await begin({ provider, redirectUri: callbackUrl() })).beginOidcLogin;
    if (!begun.authorizationUrl || !begun.state) return begun.userErrors[0]?.message ?? null;
    keepOidcLogin({
      state: begun.state,
      verifier: begun.verifier ?? null,
      next: search.next ?? '/',
      invitation: search.invitation ?? null,
    });
    location.assign(begun.authorizationUrl as string);
    return null;
  };
}
