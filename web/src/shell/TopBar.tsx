import { useNavigate } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, CircleUser, Command } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../components/controls/Button';
import { MenuButton } from '../components/controls/Menu';
import { session } from '../session';
import { openDialog } from './dialogs';
import { LiveStatus } from './LiveStatus';
import { SearchField } from './SearchField';
import styles from './TopBar.module.css';

/** Above every screen: back and on, search, the account. */
export function TopBar() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <header className={styles.bar}>
      <div className={styles.history}>
        <IconButton
          size="s"
          label={t('back')}
          icon={<ChevronLeft size={20} className={styles.arrow} />}
          onClick={() => history.back()}
        />
        <IconButton
          size="s"
          label={t('forward')}
          icon={<ChevronRight size={20} className={styles.arrow} />}
          onClick={() => history.forward()}
        />
      </div>
      <SearchField />
      <div className={styles.end}>
        <LiveStatus />
        <IconButton
          className={styles.palette ?? ''}
          label={t('command.palette')}
          icon={<Command size={18} />}
          onClick={() => openDialog({ kind: 'palette' })}
        />
        <MenuButton
          label={t('account')}
          icon={<CircleUser size={22} strokeWidth={1.75} />}
          sections={() => [
            {
              id: 'account',
              actions: [
                { id: 'settings', label: t('nav.settings'), onAction: () => void navigate({ to: '/settings' }) },
                { id: 'history', label: t('nav.history'), onAction: () => void navigate({ to: '/history' }) },
                { id: 'studio', label: t('nav.studio'), onAction: () => void navigate({ to: '/studio' }) },
                { id: 'offline', label: t('nav.offline'), onAction: () => void navigate({ to: '/offline' }) },
                {
                  id: 'help',
                  label: t('command.help'),
                  shortcut: '?',
                  onAction: () => openDialog({ kind: 'shortcuts' }),
                },
              ],
            },
            { id: 'out', actions: [{ id: 'signOut', label: t('signOut'), onAction: () => void session.signOut() }] },
          ]}
        />
      </div>
    </header>
  );
}
