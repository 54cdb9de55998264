import { Copy, Share2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { copyText } from '../../browser/copyText';
import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import { QrCode } from '../../components/qr/QrCode';
import type { PartyInvite_session$key } from './__generated__/PartyInvite_session.graphql';
import styles from './Party.module.css';
import { isLoopback } from './reach';

/** How others come in: a code to say, a link to send, a picture to scan. */
export function PartyInvite({ session }: { session: PartyInvite_session$key }) {
  const { t } = useTranslation(['party', 'common']);
  const data = useFragment(
    graphql`
      fragment PartyInvite_session on ListeningSession {
        code
        joinUrl
      }
    `,
    session,
  );
  // The address that this page was opened by works for others too, unless it is that of this machine alone.
  const configured = new URL(data.joinUrl as string);
  const url = isLoopback(location.hostname) ? configured.href : `${location.origin}${configured.pathname}`;
  const copy = async () => {
    const isCopied = await copyText(url);
    toast(t(isCopied ? 'common:copied' : 'common:actionFailed'), isCopied ? {} : { tone: 'error' });
  };
  const canShare = typeof navigator.share === 'function';
  return (
    <div className={styles.invite}>
      <QrCode text={url} label={t('party:invite.qr', { url })} className={styles.qr ?? ''} />
      <p className={styles.codeLabel} id="party-code">
        {t('party:invite.code')}
      </p>
      <output className={styles.code} aria-labelledby="party-code" dir="ltr">
        {data.code}
      </output>
      <p className={styles.url} dir="ltr">
        {url}
      </p>
      <div className={styles.end}>
        <Button icon={<Copy size={16} />} onClick={() => void copy()}>
          {t('party:invite.copy')}
        </Button>
        {canShare && (
          <Button
            icon={<Share2 size={16} />}
            onClick={() => void navigator.share({ url, title: t('party:invite.title') }).catch(() => {})}
          >
            {t('common:share')}
          </Button>
        )}
      </div>
      {isLoopback(new URL(url).hostname) && <p className={styles.note}>{t('party:invite.loopback')}</p>}
    </div>
  );
}
