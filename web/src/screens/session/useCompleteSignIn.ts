import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, readInlineData } from 'react-relay';

import { session } from '../../session';
import type {
  useCompleteSignIn_payload$data,
  useCompleteSignIn_payload$key,
} from './__generated__/useCompleteSignIn_payload.graphql';

const fragment = graphql`
  fragment useCompleteSignIn_payload on AuthPayload @inline {
    tokens {
      accessToken
      accessTokenExpiresAt
      refreshToken
      refreshTokenExpiresAt
    }
    viewer {
      user {
        id
      }
    }
    secondFactorRequired {
      token
      methods
    }
    userErrors {
      code
      message
      path
    }
  }
`;

export type Challenge = NonNullable<useCompleteSignIn_payload$data['secondFactorRequired']>;
export type UserErrors = useCompleteSignIn_payload$data['userErrors'];

/** Takes the answer of any way to sign in: goes on to where the person wanted to, asks for the second factor, or says why not. */
export function useCompleteSignIn() {
  const router = useRouter();
  const search = useSearch({ strict: false }) as { next?: string };
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [errors, setErrors] = useState<UserErrors>([]);
  const complete = async (payload: useCompleteSignIn_payload$key, next?: string) => {
    const data = readInlineData(fragment, payload);
    setErrors(data.userErrors);
    if (data.secondFactorRequired) setChallenge(data.secondFactorRequired);
    else if (data.tokens && data.viewer) {
      await session.signIn(data.tokens, data.viewer.user.id);
      router.history.replace(next ?? search.next ?? '/');
    }
  };
  return { complete, challenge, restart: () => setChallenge(null), errors, setErrors };
}

/** The words for what the server refuses, in the person's language where they are known. */
export function useErrorWords() {
  const { t, i18n } = useTranslation('session');
  return (error: UserErrors[number] | undefined) => {
    if (!error) return null;
    const key = `code.${error.code}`;
    return i18n.exists(key, { ns: 'session' }) ? t(key as 'code.INVALID_CREDENTIALS') : error.message;
  };
}
