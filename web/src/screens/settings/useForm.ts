import { useActionState } from 'react';
import { useTranslation } from 'react-i18next';

import { sendForm } from '../../components/controls/sendForm';
import { errorKind } from '../../relay/errors';

/** A refusal of the API, as documents of settings select it. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly path?: readonly string[] | null | undefined;
}

/** The words for a refusal, in the person's language where they are known. */
export function useRefusalText(): (refusal: Refusal | undefined) => string | null {
  const { t, i18n } = useTranslation('settings');
  return (refusal) => {
    if (!refusal) return null;
    const key = `code.${refusal.code}`;
    return i18n.exists(key, { ns: 'settings' }) ? t(key as 'code.TOO_SOON') : refusal.message;
  };
}

interface FormState {
  readonly refusals: readonly Refusal[];
  readonly failure: string | null;
  readonly isDone: boolean;
}

/** A form that sends a mutation: `submit` for its `onSubmit`, `error("field")` for what is wrong with a field, `error()` for the rest. */
export function useForm(send: (form: FormData) => Promise<readonly Refusal[]>, fields: readonly string[] = []) {
  const { t } = useTranslation();
  const words = useRefusalText();
  const [state, submit, isBusy] = useActionState(
    async (_: FormState, form: FormData): Promise<FormState> => {
      try {
        const refusals = await send(form);
        return { refusals, failure: null, isDone: refusals.length === 0 };
      } catch (error) {
        return { refusals: [], failure: t(`error.${errorKind(error)}.body`), isDone: false };
      }
    },
    { refusals: [], failure: null, isDone: false },
  );
  const fieldOf = ({ path }: Refusal) => fields.find((field) => path?.includes(field));
  const error = (field?: string) => {
    const found = state.refusals.find((refusal) => fieldOf(refusal) === field);
    return words(found) ?? (field === undefined ? state.failure : null);
  };
  return { submit: sendForm(submit), isBusy, isDone: state.isDone, error };
}
