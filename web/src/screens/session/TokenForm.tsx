import { Link } from '@tanstack/react-router';
import { type ReactNode, useActionState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { TextField } from '../../components/controls/TextField';
import { errorKind } from '../../relay/errors';
import { AuthCard, FormError } from './AuthCard';
import { useTokenOfPage } from './tokenOfPage';
import { type UserErrors, useErrorWords } from './useCompleteSignIn';

export interface TokenFormProps {
  readonly title: string;
  readonly lead: string;
  readonly submit: string;
  /** What is said when it is done. */
  readonly done: string;
  /** More fields, below the token's. */
  readonly children?: ReactNode;
  readonly send: (token: string, form: FormData) => Promise<UserErrors>;
}

/** A form that does something with the token of a mail, which comes with the link or is typed. */
export function TokenForm({ title, lead, submit, done, children, send }: TokenFormProps) {
  const { t } = useTranslation('session');
  const { t: common } = useTranslation();
  const words = useErrorWords();
  const given = useTokenOfPage();
  const [state, act, isBusy] = useActionState(
    async (_: { isDone: boolean; text: string | null }, form: FormData) => {
      try {
        const [error] = await send(given || String(form.get('token')).trim(), form);
        return { isDone: !error, text: words(error) };
      } catch (error) {
        return { isDone: false, text: common(`error.${errorKind(error)}.body`) };
      }
    },
    { isDone: false, text: null },
  );
  return (
    <AuthCard
      title={title}
      lead={state.isDone ? undefined : lead}
      footer={<Link to="/sign-in">{t('signIn.title')}</Link>}
    >
      {state.isDone ? (
        <p role="status">{done}</p>
      ) : (
        <form action={act}>
          {!given && <TextField label={t('token')} name="token" required autoComplete="off" dir="ltr" />}
          {children}
          <FormError text={state.text} />
          <Button type="submit" variant="primary" size="l" busy={isBusy}>
            {submit}
          </Button>
        </form>
      )}
    </AuthCard>
  );
}
