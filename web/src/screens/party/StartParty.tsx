import { useNavigate } from '@tanstack/react-router';
import { PartyPopper } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { Switch, TextField } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { usePromisedMutation } from '../../relay/usePromisedMutation';
import type { StartPartyMutation } from './__generated__/StartPartyMutation.graphql';
import styles from './Party.module.css';

/** The two ways into a party: to begin one, or to type the code of one. */
export function StartParty() {
  const { t } = useTranslation(['party', 'common']);
  return (
    <div className={styles.ways}>
      <Section title={t('party:start.title')}>
        <Start />
      </Section>
      <Section title={t('party:code.title')}>
        <CodeForm />
      </Section>
    </div>
  );
}

function Start() {
  const { t } = useTranslation(['party', 'common']);
  const [guestsMayControl, setGuestsMayControl] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const start = usePromisedMutation<StartPartyMutation>(graphql`
    mutation StartPartyMutation($guestsMayControl: Boolean!) {
      startListeningSession(guestsMayControl: $guestsMayControl) {
        session {
          id
          ...PartySession_session
          playback {
            id
          }
        }
        userErrors {
          message
        }
      }
    }
  `);
  const act = async () => {
    setBusy(true);
    const data = await start({
      variables: { guestsMayControl },
      updater: (store) => {
        const session = store.getRootField('startListeningSession')?.getLinkedRecord('session');
        const viewer = store.getRoot().getLinkedRecord('viewer');
        const playback = session?.getLinkedRecord('playback');
        if (!session || !viewer || !playback) return;
        playback.setLinkedRecord(session, 'listeningSession');
        viewer.setLinkedRecord(playback, 'playback');
      },
    });
    setBusy(false);
    const error = data?.startListeningSession.userErrors[0]?.message;
    if (!data || error) toast(error ?? t('common:actionFailed'), { tone: 'error' });
  };
  return (
    <div className={styles.box}>
      <PartyPopper size={36} strokeWidth={1.5} aria-hidden="true" className={styles.icon} />
      <p>{t('party:start.body')}</p>
      <Switch
        label={t('party:start.guests')}
        hint={t('party:start.guestsHint')}
        checked={guestsMayControl}
        onChange={setGuestsMayControl}
      />
      <Button variant="primary" size="l" busy={isBusy} onClick={() => void act()}>
        {t('party:start.button')}
      </Button>
    </div>
  );
}

/** Where a code is typed that somebody has said. */
export function CodeForm() {
  const { t } = useTranslation('party');
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get('code')).trim();
    if (code) void navigate({ to: '/join/$code', params: { code } });
  };
  return (
    <form className={styles.box} onSubmit={submit}>
      <p>{t('code.body')}</p>
      <TextField
        label={t('code.label')}
        name="code"
        required
        maxLength={40}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        dir="ltr"
      />
      <Button type="submit" size="l">
        {t('code.button')}
      </Button>
    </form>
  );
}
