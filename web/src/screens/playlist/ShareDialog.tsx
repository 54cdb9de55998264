import { Check, Copy, Share2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { copyText } from '../../browser/copyText';
import { Button } from '../../components/controls/Button';
import { Dialog } from '../../components/controls/Dialog';
import { Switch, TextField } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { ShareDialog_playlist$key } from './__generated__/ShareDialog_playlist.graphql';
import type { ShareDialogMutation } from './__generated__/ShareDialogMutation.graphql';
import styles from './Playlist.module.css';

const COPIED_MS = 2_000;

/** The link with which everybody sees a playlist, without an account. */
export function ShareDialog({ playlist, onClose }: { playlist: ShareDialog_playlist$key; onClose: () => void }) {
  const { t } = useTranslation(['playlists', 'common']);
  const [isCopied, setCopied] = useState(false);
  const data = useFragment(
    graphql`
      fragment ShareDialog_playlist on Playlist {
        id
        title
        shareToken
      }
    `,
    playlist,
  );
  const commit = usePromisedMutation<ShareDialogMutation>(graphql`
    mutation ShareDialogMutation($id: ID!, $enabled: Boolean!) {
      sharePlaylist(id: $id, enabled: $enabled) {
        playlist {
          id
          shareToken
          visibility
        }
        userErrors {
          message
        }
      }
    }
  `);
  const turn = async (enabled: boolean) => {
    const payload = (await commit({ variables: { id: data.id, enabled } }))?.sharePlaylist;
    if (!payload?.playlist) toast(payload?.userErrors[0]?.message ?? t('common:actionFailed'), { tone: 'error' });
  };
  const url = data.shareToken ? `${location.origin}/s/${data.shareToken}` : null;
  const copy = async () => {
    if (!url || !(await copyText(url))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <Dialog title={t('playlists:shareLink')} onClose={onClose}>
      <Switch
        label={t('playlists:shareOn')}
        hint={t('playlists:shareHint')}
        checked={Boolean(url)}
        onChange={(on) => void turn(on)}
      />
      {url && (
        <div className={styles.link}>
          <TextField
            label={t('playlists:link')}
            readOnly
            value={url}
            dir="ltr"
            onFocus={(event) => event.target.select()}
          />
          <Button
            variant="primary"
            icon={isCopied ? <Check size={18} /> : <Copy size={18} />}
            onClick={() => void copy()}
          >
            {isCopied ? t('common:copied') : t('common:copy')}
          </Button>
          {'share' in navigator && (
            <Button
              icon={<Share2 size={18} />}
              onClick={() => void navigator.share({ title: data.title, url }).catch(() => {})}
            >
              {t('playlists:send')}
            </Button>
          )}
        </div>
      )}
      <p className="visually-hidden" role="status">
        {isCopied ? t('common:copied') : ''}
      </p>
    </Dialog>
  );
}
