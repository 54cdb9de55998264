import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Dialog } from '../../components/controls/Dialog';
import { TextField } from '../../components/controls/TextField';
import { QrCode } from '../../components/qr/QrCode';
import { useMutate } from '../../relay/useMutate';
import type { TotpDialogBeginMutation } from './__generated__/TotpDialogBeginMutation.graphql';
import type { TotpDialogConfirmMutation } from './__generated__/TotpDialogConfirmMutation.graphql';
import { CopyButton } from './CopyButton';
import { FormEnd } from './FormEnd';
import type { OnChanged } from './Security';
import styles from './Settings.module.css';
import { useAct } from './useAct';
import { useForm } from './useForm';

/** Turns one-time codes on: a code for the app's camera, then the first code of the app. */
export function TotpDialog({ onClose, onDone }: { onClose: () => void; onDone: OnChanged }) {
  const { t } = useTranslation(['settings', 'common']);
  const act = useAct();
  const [secret, setSecret] = useState<{ readonly secret: string; readonly url: string } | null>(null);
  const [begin] = useMutate<TotpDialogBeginMutation>(graphql`
    mutation TotpDialogBeginMutation {
      beginTotp {
        secret
        otpauthUrl
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [confirm] = useMutate<TotpDialogConfirmMutation>(graphql`
    mutation TotpDialogConfirmMutation($code: String!) {
      confirmTotp(code: $code) {
        recoveryCodes
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const isBegun = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one secret per dialog
  useEffect(() => {
    if (isBegun.current) return;
    isBegun.current = true;
    void act(async () => {
      const begun = (await begin({})).beginTotp;
      if (begun.secret && begun.otpauthUrl) setSecret({ secret: begun.secret, url: begun.otpauthUrl });
      return begun.userErrors;
    }).then((isDone) => isDone || onClose());
  }, []);
  const form = useForm(async (data) => {
    const { recoveryCodes, userErrors } = (await confirm({ code: String(data.get('code')).replaceAll(' ', '') }))
      .confirmTotp;
    if (userErrors.length === 0) {
      onDone(recoveryCodes ?? null);
      onClose();
    }
    return userErrors;
  });
  return (
    <Dialog title={t('settings:totpBegin')} onClose={onClose}>
      <p>{t('settings:totpScan')}</p>
      <QrCode text={secret?.url ?? null} label={t('settings:totpCode')} />
      {secret && (
        <details>
          <summary>{t('settings:totpType')}</summary>
          <p className={styles.secret} dir="ltr">
            {secret.secret}
          </p>
          <CopyButton text={secret.secret} />
        </details>
      )}
      <form onSubmit={form.submit} className={styles.form}>
        <TextField
          label={t('settings:code')}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9 ]{6,7}"
          required
          dir="ltr"
        />
        <FormEnd form={form} submit={t('settings:turnOn')} done="" />
      </form>
    </Dialog>
  );
}
