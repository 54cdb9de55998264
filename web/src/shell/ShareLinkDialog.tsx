import { Check, Copy, Share2 } from 'lucide-react';
import { Suspense, useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { copyText } from '../browser/copyText';
import { Button } from '../components/controls/Button';
import { Dialog } from '../components/controls/Dialog';
import { Select, TextField } from '../components/controls/TextField';
import { Skeleton } from '../components/feedback/States';
import { toast } from '../components/feedback/toasts';
import { useFormat } from '../i18n/useFormat';
import { usePromisedMutation } from '../relay/usePromisedMutation';
import type { ShareLinkDialogMutation } from './__generated__/ShareLinkDialogMutation.graphql';
import { closeDialog, type Shareable } from './dialogs';
import styles from './ShareLinkDialog.module.css';

const COPIED_MS = 2_000;
const DAY_MS = 86_400_000;
/** For how long a link can be good. */
const DAYS = ['1', '7', '30', '365'] as const;

/** A link to an album or to tracks, for whoever has it, good until a day. */
export function ShareLinkDialog({ shareable }: { shareable: Shareable }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('share')} onClose={closeDialog}>
      {/* The texts of links are loaded when the first one is made. */}
      <Suspense fallback={<Skeleton className={styles.skeleton ?? ''} />}>
        <ShareLink shareable={shareable} />
      </Suspense>
    </Dialog>
  );
}

function ShareLink({ shareable: { what, title } }: { shareable: Shareable }) {
  const { t } = useTranslation(['playlists', 'common']);
  const [days, setDays] = useState<string>('30');
  const commit = usePromisedMutation<ShareLinkDialogMutation>(graphql`
    mutation ShareLinkDialogMutation($input: CreateShareInput!) {
      createShare(input: $input) {
        share {
          token
          expiresAt
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [made, make, isBusy] = useActionState(async () => {
    const expiresAt = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
    const payload = (await commit({ variables: { input: { ...what, expiresAt } } }))?.createShare;
    if (payload?.share) return payload.share;
    const isFull = payload?.userErrors[0]?.code === 'QUOTA_EXCEEDED';
    toast(isFull ? t('playlists:musicLink.full') : t('common:actionFailed'), { tone: 'error' });
    return null;
  }, null);
  if (made) return <MadeLink url={`${location.origin}/s/m/${made.token}`} expiresAt={made.expiresAt} title={title} />;
  return (
    <form action={make} className={styles.link}>
      <p dir="auto">
        <strong>{title}</strong>
      </p>
      <p>{t('playlists:musicLink.lead')}</p>
      <Select
        label={t('playlists:musicLink.goodFor')}
        value={days}
        options={DAYS.map((value) => ({ value, label: t(`playlists:musicLink.days.${value}`) }))}
        onChange={setDays}
      />
      <Button type="submit" variant="primary" busy={isBusy}>
        {t('playlists:musicLink.make')}
      </Button>
    </form>
  );
}

function MadeLink({ url, expiresAt, title }: { url: string; expiresAt: string; title: string }) {
  const { t } = useTranslation(['playlists', 'common']);
  const format = useFormat();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(url))) {
      toast(t('common:actionFailed'), { tone: 'error' });
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div className={styles.link}>
      <TextField
        label={t('playlists:link')}
        hint={t('playlists:musicLink.until', { when: format.dateTime(expiresAt) })}
        readOnly
        value={url}
        dir="ltr"
        onFocus={(event) => event.target.select()}
      />
      <div className={styles.buttons}>
        <Button
          variant="primary"
          icon={isCopied ? <Check size={18} /> : <Copy size={18} />}
          onClick={() => void copy()}
        >
          {isCopied ? t('common:copied') : t('common:copy')}
        </Button>
        {'share' in navigator && (
          <Button icon={<Share2 size={18} />} onClick={() => void navigator.share({ title, url }).catch(() => {})}>
            {t('playlists:send')}
          </Button>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {isCopied ? t('common:copied') : ''}
      </p>
    </div>
  );
}
