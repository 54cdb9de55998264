import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Switch, TextField } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { AccountCancelMutation } from './__generated__/AccountCancelMutation.graphql';
import type { AccountEmailMutation } from './__generated__/AccountEmailMutation.graphql';
import type { AccountPasswordMutation } from './__generated__/AccountPasswordMutation.graphql';
import type { AccountQuery } from './__generated__/AccountQuery.graphql';
import type { AccountResendMutation } from './__generated__/AccountResendMutation.graphql';
import { FormEnd } from './FormEnd';
import styles from './Settings.module.css';
import { useForm, useRefusalText } from './useForm';

const query = graphql`
  query AccountQuery {
    viewer {
      id
      email
      emailVerified
      pendingEmailChange {
        newEmail
        newConfirmedAt
        oldConfirmedAt
        expiresAt
      }
    }
  }
`;

/** How the viewer signs in: address and password. */
export default function Account() {
  const [generation, setGeneration] = useState(0);
  const { viewer } = useLazyLoadQuery<AccountQuery>(
    query,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: generation },
  );
  return (
    <>
      {viewer && <Email viewer={viewer} onChanged={() => setGeneration(generation + 1)} />}
      <Password />
    </>
  );
}

function Email({
  viewer,
  onChanged,
}: {
  viewer: NonNullable<AccountQuery['response']['viewer']>;
  onChanged: () => void;
}) {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const words = useRefusalText();
  const [request] = useMutate<AccountEmailMutation>(graphql`
    mutation AccountEmailMutation($newEmail: String!, $password: String) {
      requestEmailChange(newEmail: $newEmail, password: $password) {
        userErrors {
          code
          message
          path
        }
      }
    }
  `);
  const [cancel] = useMutate<AccountCancelMutation>(graphql`
    mutation AccountCancelMutation {
      cancelEmailChange {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [resend] = useMutate<AccountResendMutation>(graphql`
    mutation AccountResendMutation {
      resendVerificationEmail {
        ok
        userErrors {
          code
          message
        }
      }
    }
  `);
  const form = useForm(
    async (data) => {
      const variables = {
        newEmail: String(data.get('newEmail')).trim(),
        password: String(data.get('password')) || null,
      };
      const { userErrors } = (await request(variables)).requestEmailChange;
      if (userErrors.length === 0) {
        // The form is gone then: what waits stands in its place.
        toast(t('settings:mailsSent'));
        onChanged();
      }
      return userErrors;
    },
    ['newEmail', 'password'],
  );
  const pending = viewer.pendingEmailChange;
  return (
    <Section title={t('settings:email')}>
      <p>
        <span dir="ltr">{viewer.email}</span>
        <span className={styles.badge}>{t(viewer.emailVerified ? 'settings:verified' : 'settings:notVerified')}</span>
      </p>
      {!viewer.emailVerified && (
        <div>
          <Button
            size="s"
            onClick={async () => {
              const { userErrors } = (await resend({})).resendVerificationEmail;
              toast(words(userErrors[0]) ?? t('settings:mailSent'), userErrors.length > 0 ? { tone: 'error' } : {});
            }}
          >
            {t('settings:resend')}
          </Button>
        </div>
      )}
      {pending ? (
        <div className={styles.item}>
          <div className={styles.what}>
            <p className={styles.name} dir="ltr">
              {pending.newEmail}
            </p>
            <p className={styles.soft}>
              {t(
                pending.newConfirmedAt
                  ? 'settings:waitsForOld'
                  : pending.oldConfirmedAt
                    ? 'settings:waitsForNew'
                    : 'settings:waitsForBoth',
                { until: format.dateTime(pending.expiresAt) },
              )}
            </p>
          </div>
          <Button
            size="s"
            onClick={async () => {
              await cancel({});
              onChanged();
            }}
          >
            {t('settings:cancelChange')}
          </Button>
        </div>
      ) : (
        <form onSubmit={form.submit} className={styles.form}>
          <TextField
            label={t('settings:newEmail')}
            name="newEmail"
            type="email"
            required
            autoComplete="off"
            dir="ltr"
            error={form.error('newEmail')}
          />
          <TextField
            label={t('settings:password')}
            hint={t('settings:passwordIfAny')}
            name="password"
            type="password"
            autoComplete="current-password"
            dir="ltr"
            error={form.error('password')}
          />
          <FormEnd form={form} submit={t('settings:changeEmail')} done="" />
        </form>
      )}
    </Section>
  );
}

function Password() {
  const { t } = useTranslation(['settings', 'common']);
  const [revokesKeys, setRevokesKeys] = useState(true);
  const [changes, setChanges] = useState(0);
  const [send] = useMutate<AccountPasswordMutation>(graphql`
    mutation AccountPasswordMutation($currentPassword: String!, $newPassword: String!, $revokeApiKeys: Boolean!) {
      changePassword(currentPassword: $currentPassword, newPassword: $newPassword, revokeApiKeys: $revokeApiKeys) {
        ok
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
        currentPassword: String(data.get('currentPassword')),
        newPassword: String(data.get('newPassword')),
        revokeApiKeys: revokesKeys,
      };
      const { userErrors } = (await send(variables)).changePassword;
      // Fields of their own for the next change, so that no password stays on the screen.
      if (userErrors.length === 0) setChanges((last) => last + 1);
      return userErrors;
    },
    ['currentPassword', 'newPassword'],
  );
  return (
    <Section title={t('settings:passwordTitle')}>
      <form onSubmit={form.submit} className={styles.form}>
        <TextField
          key={`current ${changes}`}
          label={t('settings:currentPassword')}
          name="currentPassword"
          type="password"
          required
          autoComplete="current-password"
          dir="ltr"
          error={form.error('currentPassword')}
        />
        <TextField
          key={`new ${changes}`}
          label={t('settings:newPassword')}
          hint={t('settings:newPasswordHint')}
          name="newPassword"
          type="password"
          required
          minLength={8}
          autoComplete="new-password"
          dir="ltr"
          error={form.error('newPassword')}
        />
        <Switch
          label={t('settings:revokeKeys')}
          hint={t('settings:revokeKeysHint')}
          checked={revokesKeys}
          onChange={setRevokesKeys}
        />
        <FormEnd form={form} submit={t('settings:changePassword')} done={t('settings:passwordChanged')} />
      </form>
    </Section>
  );
}
