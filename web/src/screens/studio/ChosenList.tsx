import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { toggled } from './Checked';
import type { Named } from './MergeDialog';
import styles from './Studio.module.css';

export interface ChosenRow extends Named {
  readonly to: '/studio/albums/$albumId' | '/studio/tracks/$trackId' | '/artists/$artistId';
  readonly status?: 'DRAFT' | 'PUBLISHED' | 'WITHDRAWN';
  readonly note?: string | undefined;
}

export interface ChosenAction {
  readonly label: string;
  /** How many have to be chosen. */
  readonly least: number;
  readonly most: number;
  readonly act: (chosen: readonly Named[]) => void;
}

export interface ChosenListProps {
  readonly title: string;
  readonly rows: readonly ChosenRow[];
  readonly actions: readonly ChosenAction[];
}

/** A list of which some are chosen by check boxes, and what can be done with those. */
export function ChosenList({ title, rows, actions }: ChosenListProps) {
  const { t } = useTranslation('studio');
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  if (rows.length === 0) return null;
  const chosen = rows.filter(({ id }) => ids.has(id));
  return (
    <Section
      title={title}
      action={
        <div className={styles.buttons}>
          {actions.map(({ label, least, most, act }) => (
            <Button
              key={label}
              size="s"
              disabled={chosen.length < least || chosen.length > most}
              onClick={() => {
                act(chosen);
                setIds(new Set());
              }}
            >
              {label}
            </Button>
          ))}
        </div>
      }
    >
      <ul className={styles.list}>
        {rows.map((row) => (
          <li key={row.id} aria-label={row.name}>
            <label>
              <input
                type="checkbox"
                aria-label={t('choose', { name: row.name })}
                checked={ids.has(row.id)}
                onChange={() => setIds(toggled(ids, row.id))}
              />
            </label>
            <RowLink row={row} />
            {row.note && (
              <span className={styles.soft} dir="auto">
                {row.note}
              </span>
            )}
            {row.status && <span className={styles.badge}>{t(`status.${row.status}`)}</span>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function RowLink({ row: { id, name, to } }: { row: ChosenRow }) {
  const params = { albumId: id, trackId: id, artistId: id };
  return (
    <Link to={to} params={params} dir="auto">
      {name}
    </Link>
  );
}
