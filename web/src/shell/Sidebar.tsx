import { Link } from '@tanstack/react-router';
import {
  ChartNoAxesColumn,
  Clock,
  CloudDownload,
  CloudUpload,
  House,
  Library,
  ListMusic,
  type LucideIcon,
  PartyPopper,
  PencilLine,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { useMayUpload } from '../session/role';
import styles from './Sidebar.module.css';

interface Entry {
  readonly to: string;
  readonly text:
    | 'nav.home'
    | 'nav.explore'
    | 'nav.library'
    | 'nav.playlists'
    | 'nav.history'
    | 'nav.party'
    | 'nav.uploads'
    | 'nav.studio'
    | 'nav.offline';
  readonly icon: LucideIcon;
  /** Also in the bar of phones, which has room for five. */
  readonly onPhone?: boolean;
  /** Only for who may upload. */
  readonly forCreators?: boolean;
}

const GROUPS: readonly (readonly Entry[])[] = [
  [
    { to: '/', text: 'nav.home', icon: House, onPhone: true },
    { to: '/explore', text: 'nav.explore', icon: ChartNoAxesColumn, onPhone: true },
    { to: '/library', text: 'nav.library', icon: Library, onPhone: true },
    { to: '/library/playlists', text: 'nav.playlists', icon: ListMusic },
    { to: '/history', text: 'nav.history', icon: Clock },
    { to: '/offline', text: 'nav.offline', icon: CloudDownload },
  ],
  [
    { to: '/party', text: 'nav.party', icon: PartyPopper, onPhone: true },
    { to: '/uploads', text: 'nav.uploads', icon: CloudUpload, onPhone: true, forCreators: true },
    { to: '/studio', text: 'nav.studio', icon: PencilLine, forCreators: true },
  ],
];

/** The main navigation: at the side, or on phones along the lower edge. */
export function Sidebar() {
  const { t } = useTranslation();
  const mayUpload = useMayUpload();
  return (
    <nav aria-label={t('nav.main')} className={styles.sidebar}>
      <Link to="/" className={styles.brand} aria-label={t('appName')} tabIndex={-1}>
        <img src="/icon.svg" alt="" width={32} height={32} />
        <span>{t('appName')}</span>
      </Link>
      {GROUPS.map((group) => (
        <ul key={group[0]?.to}>
          {group
            .filter(({ forCreators }) => mayUpload || !forCreators)
            .map(({ to, text, icon: Icon, onPhone }) => (
              <li key={to} data-phone={onPhone || undefined}>
                <Link
                  to={to}
                  className={styles.link}
                  activeOptions={{ exact: true }}
                  activeProps={{ 'aria-current': 'page' }}
                  title={t(text)}
                >
                  <Icon size={20} strokeWidth={1.9} aria-hidden="true" />
                  <span>{t(text)}</span>
                </Link>
              </li>
            ))}
        </ul>
      ))}
    </nav>
  );
}
