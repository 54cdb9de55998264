import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { Dialog } from '../../components/controls/Dialog';
import { TextField } from '../../components/controls/TextField';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import { deviceName } from '../../session/deviceName';
import { hasPasskeys, makePasskey } from '../../session/passkey';
import type { Passkeys_factors$key } from './__generated__/Passkeys_factors.graphql';
import type { PasskeysBeginMutation } from './__generated__/PasskeysBeginMutation.graphql';
import type { PasskeysCompleteMutation } from './__generated__/PasskeysCompleteMutation.graphql';
import type { PasskeysDeleteMutation } from './__generated__/PasskeysDeleteMutation.graphql';
import type { PasskeysRenameMutation } from './__generated__/PasskeysRenameMutation.graphql';
import { FormEnd } from './FormEnd';
import type { OnChanged } from './Security';
import styles from './Settings.module.css';
import { useAct } from './useAct';
import { useForm } from './useForm';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The viewer's passkeys. */
export function Passkeys({ factors, onChanged }: { factors: Passkeys_factors$key; onChanged: OnChanged }) {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const act = useAct();
  const [renaming, setRenaming] = useState<Named | null>(null);
  const [deleting, setDeleting] = useState<Named | null>(null);
  const { passkeys } = useFragment(
    graphql`
      fragment Passkeys_factors on SecondFactors {
        passkeys {
          id
          name
          createdAt
          lastUsedAt
        }
      }
    `,
    factors,
  );
  const add = useAddPasskey(onChanged);
  const [remove] = useMutate<PasskeysDeleteMutation>(graphql`
    mutation PasskeysDeleteMutation($id: ID!) {
      deletePasskey(id: $id) {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  return (
    <Section
      title={t('settings:passkeys')}
      action={
        hasPasskeys() && (
          <Button size="s" onClick={() => void act(add)}>
            {t('settings:passkeyAdd')}
          </Button>
        )
      }
    >
      {!hasPasskeys() && <p className={styles.soft}>{t('settings:passkeysNeedTls')}</p>}
      {passkeys.length === 0 && <p>{t('settings:noPasskeys')}</p>}
      <ul className={styles.list}>
        {passkeys.map((passkey) => (
          <li key={passkey.id} className={styles.item} aria-label={passkey.name}>
            <div className={styles.what}>
              <p className={styles.name} dir="auto">
                {passkey.name}
              </p>
              <p className={styles.soft}>
                {passkey.lastUsedAt
                  ? t('settings:lastUsed', { when: format.relative(passkey.lastUsedAt) })
                  : t('settings:neverUsed')}
              </p>
            </div>
            <div className={styles.buttons}>
              <Button
                size="s"
                aria-label={t('settings:renameNamed', { name: passkey.name })}
                onClick={() => setRenaming(passkey)}
              >
                {t('settings:rename')}
              </Button>
              <Button
                size="s"
                variant="danger"
                aria-label={t('settings:deleteNamed', { name: passkey.name })}
                onClick={() => setDeleting(passkey)}
              >
                {t('common:delete')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {renaming && <RenameDialog passkey={renaming} onClose={() => setRenaming(null)} />}
      {deleting && (
        <ConfirmDialog
          title={t('settings:deleteNamed', { name: deleting.name })}
          body={t('settings:passkeyDeleteBody')}
          confirm={t('common:delete')}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            if (await act(async () => (await remove({ id: deleting.id })).deletePasskey.userErrors)) onChanged();
          }}
        />
      )}
    </Section>
  );
}

/** Makes a passkey with this device, named after it. */
function useAddPasskey(onChanged: OnChanged) {
  const [begin] = useMutate<PasskeysBeginMutation>(graphql`
    mutation PasskeysBeginMutation {
      beginPasskeyRegistration {
        ceremony
        options
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [complete] = useMutate<PasskeysCompleteMutation>(graphql`
    mutation PasskeysCompleteMutation($input: CompletePasskeyRegistrationInput!) {
      completePasskeyRegistration(input: $input) {
        recoveryCodes
        userErrors {
          code
          message
        }
      }
    }
  `);
  return async () => {
    const { ceremony, options, userErrors } = (await begin({})).beginPasskeyRegistration;
    if (!ceremony || !options) return userErrors;
    const credential = await makePasskey(options);
    if (!credential) return [];
    const made = (await complete({ input: { ceremony, credential, name: deviceName() } })).completePasskeyRegistration;
    if (made.userErrors.length === 0) onChanged(made.recoveryCodes ?? null);
    return made.userErrors;
  };
}

function RenameDialog({ passkey, onClose }: { passkey: Named; onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common']);
  const [send] = useMutate<PasskeysRenameMutation>(graphql`
    mutation PasskeysRenameMutation($id: ID!, $name: String!) {
      renamePasskey(id: $id, name: $name) {
        passkey {
          id
          name
        }
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
      const { userErrors } = (await send({ id: passkey.id, name: String(data.get('name')).trim() })).renamePasskey;
      if (userErrors.length === 0) onClose();
      return userErrors;
    },
    ['name'],
  );
  return (
    <Dialog title={t('settings:rename')} size="s" onClose={onClose}>
      <form onSubmit={form.submit} className={styles.form}>
        <TextField
          label={t('settings:displayName')}
          name="name"
          required
          maxLength={80}
          defaultValue={passkey.name}
          dir="auto"
          error={form.error('name')}
        />
        <FormEnd form={form} submit={t('common:save')} done="" />
      </form>
    </Dialog>
  );
}
