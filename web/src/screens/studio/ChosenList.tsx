import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { toggled } from './Checked';
import type { Versioned } from './refused';
import styles from './Studio.module.css';

export interface ChosenRow extends Versioned {
  readonly to: '/studio/albums/$albumId' | '/studio/tracks/$trackId' | '/studio/artists/$artistId';
  readonly status?: 'DRAFT' | 'PUBLISHED' | 'WITHDRAWN';
  readonly note?: string | undefined;
}

export interface ChosenAction<Row extends ChosenRow> {
  readonly label: string;
  /** How many have to be chosen. */
  readonly least: number;
  readonly most: number;
  readonly act: (chosen: readonly Row[]) => void;
}

export interface ChosenListProps<Row extends ChosenRow> {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Without any, nothing can be chosen. */
  readonly actions: readonly ChosenAction<Row>[];
}

/** A list of which some are chosen by check boxes, and what can be done with those. */
export function ChosenList<Row extends ChosenRow>({ title, rows, actions }: ChosenListProps<Row>) {
  const { t } = useTranslation('studio');
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  if (rows.length === 0) return null;
  const isChoosable = actions.length > 0;
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
      {isChoosable && <ChooseAll rows={rows} chosen={chosen} actions={actions} onChange={setIds} />}
      <ul className={styles.list}>
        {rows.map((row) => (
          <li key={row.id} aria-label={row.name}>
            {isChoosable && (
              <label>
                <input
                  type="checkbox"
                  aria-label={t('choose', { name: row.name })}
                  checked={ids.has(row.id)}
                  onChange={() => setIds(toggled(ids, row.id))}
                />
              </label>
            )}
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

interface ChooseAllProps {
  readonly rows: readonly ChosenRow[];
  readonly chosen: readonly ChosenRow[];
  readonly actions: readonly { readonly most: number }[];
  readonly onChange: (ids: ReadonlySet<string>) => void;
}

/** Chooses all or none, and says how many are. */
function ChooseAll({ rows, chosen, actions, onChange }: ChooseAllProps) {
  const { t } = useTranslation('studio');
  const format = useFormat();
  const isAll = chosen.length === rows.length;
  const most = Math.max(...actions.map((action) => action.most));
  return (
    <div className={styles.all}>
      <label className={styles.tick}>
        <input
          type="checkbox"
          checked={isAll}
          ref={(box) => {
            if (box) box.indeterminate = chosen.length > 0 && !isAll;
          }}
          onChange={() => onChange(new Set(isAll ? [] : rows.map(({ id }) => id)))}
        />
        {t('chooseAll')}
      </label>
      <p role="status" className={styles.soft}>
        {chosen.length > 0 && t('chosen', { shown: format.count(chosen.length) })}
        {chosen.length > most && ` · ${t('atMost', { shown: format.count(most) })}`}
      </p>
    </div>
  );
}

/** A thing by its name, which leads to where it is edited. */
export function RowLink({ row: { id, name, to } }: { row: Pick<ChosenRow, 'id' | 'name' | 'to'> }) {
  const params = { albumId: id, trackId: id, artistId: id };
  return (
    <Link to={to} params={params} dir="auto">
      {name}
    </Link>
  );
}
