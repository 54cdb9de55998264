import { Link, useSearch } from '@tanstack/react-router';
import { useActionState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { sendForm } from '../../components/controls/sendForm';
import { TextField } from '../../components/controls/TextField';
import { errorKind } from '../../relay/errors';
import { useMutate } from '../../relay/useMutate';
import { deviceName } from '../../session/deviceName';
import type { SignInLoginMutation } from './__generated__/SignInLoginMutation.graphql';
import type { SignInQuery } from './__generated__/SignInQuery.graphql';
import { AuthCard, FormError } from './AuthCard';
import styles from './AuthCard.module.css';
import { OtherWays } from './OtherWays';
import { SecondFactor } from './SecondFactor';
import { useCompleteSignIn, useErrorWords } from './useCompleteSignIn';

/** Screen 1: signing in, by password, passkey or another provider, with a second factor where there is one. */
export default function SignIn() {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const search = useSearch({ from: '/open/sign-in' });
  const words = useErrorWords();
  const { complete, challenge, restart, errors, setErrors } = useCompleteSignIn();
  const data = useLazyLoadQuery<SignInQuery>(
    graphql`
      query SignInQuery {
        server {
          name
          registration
        }
        ...OtherWays_query
      }
    `,
    {},
  );
  const [login] = useMutate<SignInLoginMutation>(graphql`
    mutation SignInLoginMutation($input: LoginInput!) {
      login(input: $input) {
        ...useCompleteSignIn_payload
      }
    }
  `);
  const [failure, submit, isBusy] = useActionState(async (_: string | null, form: FormData) => {
    setErrors([]);
    try {
      const input = {
        email: String(form.get('email')),
        password: String(form.get('password')),
        deviceName: deviceName(),
      };
      await complete((await login({ input })).login);
      return null;
    } catch (error) {
      return common(`error.${errorKind(error)}.body`);
    }
  }, null);
  if (challenge) return <SecondFactor challenge={challenge} complete={complete} errors={errors} onRestart={restart} />;
  const mode = data.server?.registration;
  return (
    <AuthCard
      title={t('signIn.title')}
      lead={search.reason === 'ended' ? t('signIn.ended') : data.server?.name}
      footer={
        mode === 'CLOSED' ? undefined : (
          <p>
            {t(mode === 'INVITE' ? 'signIn.invited' : 'signIn.new')}{' '}
            <Link to="/register" search={{ next: search.next }}>
              {t('register.title')}
            </Link>
          </p>
        )
      }
    >
      <form onSubmit={sendForm(submit)}>
        <TextField
          label={t('email')}
          name="email"
          type="email"
          autoComplete="username webauthn"
          required
          inputMode="email"
          dir="ltr"
        />
        <TextField
          label={t('password')}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          dir="ltr"
        />
        <Link to="/forgot" className={styles.aside}>
          {t('forgot.link')}
        </Link>
        <FormError text={failure ?? words(errors[0])} />
        <Button type="submit" variant="primary" size="l" busy={isBusy}>
          {t('signIn.submit')}
        </Button>
      </form>
      <OtherWays query={data} complete={complete} />
    </AuthCard>
  );
}
