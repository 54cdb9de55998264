import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Select, TextField } from '../../components/controls/TextField';
import { QrCode } from '../../components/qr/QrCode';
import { useMutate } from '../../relay/useMutate';
import type { NewKeyDialogMutation } from './__generated__/NewKeyDialogMutation.graphql';
import { CopyButton } from './CopyButton';
import { FormEnd } from './FormEnd';
import styles from './Settings.module.css';
import { useForm } from './useForm';

const DAYS = [30, 90, 365, 3650] as const;
const SCOPES = {
  LISTENER: ['read', 'write'],
  CREATOR: ['read', 'write', 'upload'],
  ADMIN: ['read', 'write', 'upload', 'admin'],
} as const;

export interface NewKeyDialogProps {
  readonly role: keyof typeof SCOPES;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

/** Makes a key, and shows it this once: to copy, and as a code for the camera of a phone. */
export function NewKeyDialog({ role, onMade, onClose }: NewKeyDialogProps) {
  const { t } = useTranslation(['settings', 'common']);
  const [secret, setSecret] = useState<string | null>(null);
  const [days, setDays] = useState(365);
  const [send] = useMutate<NewKeyDialogMutation>(graphql`
    mutation NewKeyDialogMutation($name: String!, $scopes: [String!]!, $expiresInDays: Int!) {
      createApiKey(name: $name, scopes: $scopes, expiresInDays: $expiresInDays) {
        secret
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const form = useForm(
    async (data) => {
      const variables = {
        name: String(data.get('name')).trim(),
        scopes: data.getAll('scope').map(String),
        expiresInDays: days,
      };
      const made = (await send(variables)).createApiKey;
      if (made.secret) {
        setSecret(made.secret);
        onMade();
      }
      return made.userErrors;
    },
    ['name'],
  );
  if (secret) {
    return (
      <Dialog
        title={t('settings:keyMade')}
        onClose={onClose}
        actions={<Button onClick={onClose}>{t('common:close')}</Button>}
      >
        <p>{t('settings:shownOnce')}</p>
        <p className={styles.secret} dir="ltr" aria-label={t('settings:key')} role="group">
          {secret}
        </p>
        <CopyButton text={secret} />
        <QrCode text={secret} label={t('settings:keyCode')} />
        <p className={styles.soft}>
          {t('settings:serverAddress')} <bdi dir="ltr">{location.origin}</bdi>
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('settings:newKey')} onClose={onClose}>
      <form onSubmit={form.submit} className={styles.form}>
        <TextField
          label={t('settings:keyName')}
          hint={t('settings:keyNameHint')}
          name="name"
          required
          maxLength={80}
          autoComplete="off"
          dir="auto"
          error={form.error('name')}
        />
        <fieldset className={styles.checks}>
          <legend>{t('settings:mayDo')}</legend>
          {SCOPES[role].map((scope) => (
            <label key={scope}>
              <input
                type="checkbox"
                name="scope"
                value={scope}
                defaultChecked={scope === 'read' || scope === 'write'}
                disabled={scope === 'read'}
              />
              {t(`settings:scope.${scope}`)}
            </label>
          ))}
        </fieldset>
        <Select
          label={t('settings:goodFor')}
          value={String(days)}
          options={DAYS.map((count) => ({ value: String(count), label: t('settings:days', { count }) }))}
          onChange={(value) => setDays(Number(value))}
        />
        <FormEnd form={form} submit={t('common:create')} done="" />
      </form>
    </Dialog>
  );
}
