import { Link, useSearch } from '@tanstack/react-router';
import { UserX } from 'lucide-react';
import { useActionState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { TextField } from '../../components/controls/TextField';
import { EmptyState } from '../../components/feedback/States';
import { errorKind } from '../../relay/errors';
import { useMutate } from '../../relay/useMutate';
import { deviceName } from '../../session/deviceName';
import type { RegisterMutation } from './__generated__/RegisterMutation.graphql';
import type { RegisterQuery } from './__generated__/RegisterQuery.graphql';
import { AuthCard, FormError } from './AuthCard';
import { useCompleteSignIn, useErrorWords } from './useCompleteSignIn';

const FIELDS = ['displayName', 'handle', 'email', 'password', 'invitation'] as const;
type Field = (typeof FIELDS)[number];

/** What was sent last, and what came between. */
interface Attempt {
  readonly failure: string | null;
  readonly form: FormData | null;
}

const FIELD_OF_CODE: Readonly<Record<string, Field>> = {
  EMAIL_TAKEN: 'email',
  HANDLE_TAKEN: 'handle',
  WEAK_PASSWORD: 'password',
  INVALID_INVITATION: 'invitation',
};

/** Screen 1: making an account, as far as the server lets anybody. */
export default function Register() {
  const { t } = useTranslation('session');
  const data = useLazyLoadQuery<RegisterQuery>(
    graphql`
      query RegisterQuery {
        server {
          name
          registration
        }
      }
    `,
    {},
  );
  const search = useSearch({ from: '/open/register' });
  const mode = data.server?.registration ?? 'OPEN';
  return (
    <AuthCard
      title={t('register.title')}
      lead={data.server?.name}
      footer={
        <p>
          {t('register.known')}{' '}
          <Link to="/sign-in" search={{ next: search.next }}>
            {t('signIn.title')}
          </Link>
        </p>
      }
    >
      {mode === 'CLOSED' ? (
        <EmptyState icon={UserX} title={t('register.closed')} />
      ) : (
        <RegisterForm needsInvitation={mode === 'INVITE'} />
      )}
    </AuthCard>
  );
}

function RegisterForm({ needsInvitation }: { needsInvitation: boolean }) {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const { invitation } = useSearch({ from: '/open/register' });
  const words = useErrorWords();
  const { complete, errors, setErrors } = useCompleteSignIn();
  const [register] = useMutate<RegisterMutation>(graphql`
    mutation RegisterMutation($input: RegisterInput!) {
      register(input: $input) {
        ...useCompleteSignIn_payload
      }
    }
  `);
  const [last, submit, isBusy] = useActionState(
    async (_: Attempt, form: FormData): Promise<Attempt> => {
      setErrors([]);
      const value = (field: Field) => String(form.get(field) ?? '').trim();
      const input = {
        displayName: value('displayName'),
        handle: value('handle').toLowerCase(),
        email: value('email'),
        password: String(form.get('password')),
        deviceName: deviceName(),
        ...(value('invitation') ? { invitation: value('invitation') } : {}),
      };
      try {
        await complete((await register({ input })).register);
        return { failure: null, form };
      } catch (error) {
        return { failure: common(`error.${errorKind(error)}.body`), form };
      }
    },
    { failure: null, form: null },
  );
  const errorOf = (field: Field) =>
    errors.find((error) => error.path?.at(-1) === field || FIELD_OF_CODE[error.code] === field);
  const general = errors.find((error) => !FIELDS.some((field) => errorOf(field) === error));
  // React empties a form after its action; what was typed stays, but for the password.
  const kept = (field: Field) => String(last.form?.get(field) ?? '');
  return (
    <form action={submit}>
      <TextField
        label={t('displayName')}
        name="displayName"
        autoComplete="name"
        required
        maxLength={80}
        dir="auto"
        defaultValue={kept('displayName')}
        error={words(errorOf('displayName'))}
      />
      <TextField
        label={t('handle')}
        name="handle"
        autoComplete="username"
        required
        minLength={3}
        maxLength={30}
        pattern="[A-Za-z0-9_.\-]+"
        hint={t('handleHint')}
        dir="ltr"
        defaultValue={kept('handle')}
        error={words(errorOf('handle'))}
      />
      <TextField
        label={t('email')}
        name="email"
        type="email"
        autoComplete="email"
        required
        dir="ltr"
        defaultValue={kept('email')}
        error={words(errorOf('email'))}
      />
      <TextField
        label={t('password')}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        hint={t('passwordHint')}
        dir="ltr"
        error={words(errorOf('password'))}
      />
      {(needsInvitation || invitation) && (
        <TextField
          label={t('invitation')}
          name="invitation"
          required={needsInvitation}
          defaultValue={kept('invitation') || (invitation ?? '')}
          dir="ltr"
          error={words(errorOf('invitation'))}
        />
      )}
      <FormError text={last.failure ?? words(general)} />
      <Button type="submit" variant="primary" size="l" busy={isBusy}>
        {t('register.submit')}
      </Button>
    </form>
  );
}
