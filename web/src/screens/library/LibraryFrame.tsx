import { Link } from '@tanstack/react-router';
import { Disc3, Heart, ListMusic, MicVocal } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';

import { Select, TextField } from '../../components/controls/TextField';
import { Page } from '../../components/layout/Page';
import styles from './LibraryFrame.module.css';

const TABS = [
  { to: '/library', text: 'library:liked', icon: Heart },
  { to: '/library/albums', text: 'library:albums', icon: Disc3 },
  { to: '/library/artists', text: 'library:artists', icon: MicVocal },
  { to: '/library/playlists', text: 'common:nav.playlists', icon: ListMusic },
] as const;

export interface LibraryFrameProps {
  readonly title: string;
  /** Below the title: how many there are. */
  readonly summary?: string | null;
  readonly actions?: ReactNode;
  /** What narrows and sorts the list. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** The parts of the library, each at its own address. */
export function LibraryFrame({ title, summary, actions, tools, children }: LibraryFrameProps) {
  const { t } = useTranslation(['library', 'common']);
  const id = useId();
  const header = (
    <header className={styles.head}>
      <nav aria-label={t('common:nav.library')} className={styles.tabs}>
        <ul>
          {TABS.map(({ to, text, icon: Icon }) => (
            <li key={to}>
              <Link
                to={to}
                className={styles.tab}
                activeOptions={{ exact: true }}
                activeProps={{ 'aria-current': 'page' }}
              >
                <Icon size={16} aria-hidden="true" />
                {t(text)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.title}>
        <div>
          <h1>{title}</h1>
          {summary && <p>{summary}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {tools && <div className={styles.tools}>{tools}</div>}
    </header>
  );
  return (
    <Page title={title} header={header}>
      <section aria-labelledby={id}>
        <h2 id={id} className="visually-hidden">
          {title}
        </h2>
        {children}
      </section>
    </Page>
  );
}

export interface LibraryToolsProps<Sort extends string> {
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly sort: Sort;
  readonly sorts: readonly { readonly value: Sort; readonly label: string }[];
  readonly onSort: (sort: Sort) => void;
}

/** A field that narrows the list, and its order. */
export function LibraryTools<Sort extends string>({ filter, onFilter, sort, sorts, onSort }: LibraryToolsProps<Sort>) {
  const { t } = useTranslation('library');
  return (
    <>
      <TextField
        className={styles.filter ?? ''}
        label={t('filter')}
        hideLabel
        type="search"
        placeholder={t('filter')}
        value={filter}
        onChange={(event) => onFilter(event.target.value)}
      />
      <Select
        className={styles.sort ?? ''}
        label={t('sort')}
        hideLabel
        options={sorts}
        value={sort}
        onChange={(value) => onSort(value as Sort)}
      />
    </>
  );
}
