import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { TextField } from '../../components/controls/TextField';
import { PartialFailure } from '../../components/feedback/States';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import { session } from '../../session';
import type { YourDataDeleteMutation } from './__generated__/YourDataDeleteMutation.graphql';
import type { YourDataExportMutation } from './__generated__/YourDataExportMutation.graphql';
import type { YourDataQuery } from './__generated__/YourDataQuery.graphql';
import { FormEnd } from './FormEnd';
import styles from './Settings.module.css';
import { useAct } from './useAct';
import { useForm } from './useForm';

/** An export takes minutes, and nothing tells when it is ready: it is asked for so often while one is being made. */
const ASK_AGAIN_MS = 10_000;

/** What is kept of the viewer: to take along, or to delete. */
export default function YourData() {
  const { t } = useTranslation(['settings', 'common']);
  const [isDeleting, setDeleting] = useState(false);
  return (
    <>
      <Exports />
      <Section title={t('settings:deleteAccount')}>
        <p>{t('settings:deleteLead')}</p>
        <div>
          <Button variant="danger" onClick={() => setDeleting(true)}>
            {t('settings:deleteAccount')}
          </Button>
        </div>
      </Section>
      {isDeleting && <DeleteDialog onClose={() => setDeleting(false)} />}
    </>
  );
}

function Exports() {
  const { t } = useTranslation(['settings', 'common']);
  const format = useFormat();
  const act = useAct();
  const [generation, setGeneration] = useState(0);
  const { viewer } = useLazyLoadQuery<YourDataQuery>(
    graphql`
      query YourDataQuery {
        viewer {
          dataExports {
            id
            state
            createdAt
            expiresAt
            sizeBytes
            url
            failedBecause
          }
        }
      }
    `,
    {},
    { fetchPolicy: 'store-and-network', fetchKey: generation },
  );
  const [begin, isBusy] = useMutate<YourDataExportMutation>(graphql`
    mutation YourDataExportMutation {
      exportMyData {
        exportId
        userErrors {
          code
          message
        }
      }
    }
  `);
  const isPending = viewer?.dataExports?.some(({ state }) => state === 'PENDING') ?? false;
  useEffect(() => {
    if (!isPending) return;
    const timer = setInterval(() => setGeneration((last) => last + 1), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isPending]);
  const ask = async () => {
    await act(async () => (await begin({})).exportMyData.userErrors, t('settings:exportBegun'));
    setGeneration((last) => last + 1);
  };
  return (
    <Section title={t('settings:export')}>
      <p>{t('settings:exportLead')}</p>
      <div>
        <Button busy={isBusy} onClick={() => void ask()}>
          {t('settings:exportStart')}
        </Button>
      </div>
      {viewer && !viewer.dataExports && (
        <PartialFailure what={t('settings:export')} onRetry={() => setGeneration(generation + 1)} />
      )}
      <ul className={styles.list}>
        {viewer?.dataExports?.map((one) => (
          <li key={one.id} className={styles.item}>
            <div className={styles.what}>
              <p className={styles.name}>{format.dateTime(one.createdAt)}</p>
              <p className={styles.soft}>
                {t(`settings:exportState.${one.state}`)}
                {one.sizeBytes ? ` · ${format.bytes(one.sizeBytes)}` : ''}
              </p>
            </div>
            {one.url && (
              // An address that is good for ten minutes: a link is asked for anew whenever this list is.
              <a href={one.url as string} download className={styles.name}>
                <Download size={16} aria-hidden="true" style={{ display: 'inline' }} /> {t('settings:download')}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common']);
  const [send] = useMutate<YourDataDeleteMutation>(graphql`
    mutation YourDataDeleteMutation($password: String) {
      deleteAccount(password: $password) {
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
      const { ok, userErrors } = (await send({ password: String(data.get('password')) || null })).deleteAccount;
      if (ok) await session.signOut();
      return userErrors;
    },
    ['password'],
  );
  return (
    <Dialog title={t('settings:deleteAccount')} size="s" onClose={onClose}>
      <p>{t('settings:deleteBody')}</p>
      <form onSubmit={form.submit} className={styles.form}>
        <TextField
          label={t('settings:password')}
          hint={t('settings:passwordIfAny')}
          name="password"
          type="password"
          autoComplete="current-password"
          dir="ltr"
          error={form.error('password')}
        />
        <FormEnd form={form} submit={t('settings:deleteForGood')} done="" variant="danger" />
      </form>
    </Dialog>
  );
}
