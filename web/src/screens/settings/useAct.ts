import { useTranslation } from 'react-i18next';

import { toast } from '../../components/feedback/toasts';
import { errorKind } from '../../relay/errors';
import { type Refusal, useRefusalText } from './useForm';

/** Does what a button says: says why when it was refused, or else that it was done. True: it was. */
export function useAct() {
  const { t } = useTranslation();
  const words = useRefusalText();
  return async (send: () => Promise<readonly Refusal[]>, done?: string): Promise<boolean> => {
    try {
      const [refusal] = await send();
      if (refusal) toast(words(refusal) ?? t('actionFailed'), { tone: 'error' });
      else if (done) toast(done);
      return !refusal;
    } catch (error) {
      toast(t(`error.${errorKind(error)}.body`), { tone: 'error' });
      return false;
    }
  };
}
