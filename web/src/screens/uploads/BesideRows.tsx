import { Link } from '@tanstack/react-router';
import {
  CircleAlert,
  CircleCheck,
  FileText,
  ImageIcon,
  ListMusic,
  Loader,
  type LucideIcon,
  Scissors,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import type { BesideItem } from '../../uploads/beside/types';
import styles from './Uploads.module.css';

/** A folder of many thousand texts is not read to its end by anybody. */
const MAX_ROWS = 200;
const KINDS: Readonly<Record<BesideItem['kind'], LucideIcon>> = {
  CUE: Scissors,
  LYRICS: FileText,
  PICTURE: ImageIcon,
  PLAYLIST: ListMusic,
};
const DONE: ReadonlySet<BesideItem['code']> = new Set(['SHEET_SENT', 'LYRICS_SET', 'COVER_SET', 'PLAYLIST_MADE']);

/** What lies beside the music, and what became of it; what was not used says why. */
export function BesideRows({ items }: { items: readonly BesideItem[] }) {
  const { t } = useTranslation('uploads');
  if (items.length === 0) return null;
  return (
    <Section title={t('beside')}>
      <ul className={styles.earlier} aria-label={t('beside')}>
        {items.slice(0, MAX_ROWS).map((item) => (
          <li key={item.key} aria-label={item.filename}>
            <BesideRow item={item} />
          </li>
        ))}
      </ul>
      {items.length > MAX_ROWS && <p className={styles.soft}>{t('besideMore', { count: items.length - MAX_ROWS })}</p>}
    </Section>
  );
}

function BesideRow({ item }: { item: BesideItem }) {
  const { t } = useTranslation('uploads');
  const format = useFormat();
  const { code, kind } = item;
  const isOpen = code === 'WAITING' || code === 'WORKING';
  const Icon = isOpen ? Loader : DONE.has(code) ? CircleCheck : CircleAlert;
  const Kind = KINDS[kind];
  const phase = isOpen ? 'processing' : DONE.has(code) ? 'ready' : 'interrupted';
  const text = t(`beside.${code}`, {
    name: item.of ?? '',
    count: item.count,
    found: format.count(item.found),
  });
  return (
    <div className={styles.row} data-phase={phase}>
      <Icon size={20} strokeWidth={1.9} className={styles.phaseIcon} aria-hidden="true" />
      <div className={styles.what}>
        <p className={styles.name} dir="auto">
          <BesideName item={item} />
          {item.folder && (
            <span className={styles.folder} dir="auto">
              {item.folder}
            </span>
          )}
        </p>
        <p className={styles.reason}>
          <span>{text}</span>
          {code === 'FAILED' && item.detail && (
            <span lang="en" dir="auto">
              {item.detail}
            </span>
          )}
        </p>
      </div>
      <Kind size={18} className={styles.soft} aria-hidden="true" />
    </div>
  );
}

/** The name, which leads to what the file was given to. */
function BesideName({ item: { id, kind, filename } }: { item: BesideItem }) {
  if (id === null) return filename;
  if (kind === 'PLAYLIST')
    return (
      <Link to="/playlists/$playlistId" params={{ playlistId: id }}>
        {filename}
      </Link>
    );
  if (kind === 'PICTURE')
    return (
      <Link to="/albums/$albumId" params={{ albumId: id }}>
        {filename}
      </Link>
    );
  return (
    <Link to="/tracks/$trackId" params={{ trackId: id }}>
      {filename}
    </Link>
  );
}
