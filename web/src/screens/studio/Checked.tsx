import type { Named } from './MergeDialog';
import styles from './Studio.module.css';

export interface CheckedProps {
  readonly legend: string;
  readonly all: readonly Named[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

/** Things of which some are chosen. */
export function Checked({ legend, all, chosen, onChange }: CheckedProps) {
  if (all.length === 0) return null;
  return (
    <fieldset className={styles.checked}>
      <legend>{legend}</legend>
      {all.map(({ id, name }) => (
        <label key={id}>
          <input type="checkbox" checked={chosen.has(id)} onChange={() => onChange(toggled(chosen, id))} />
          <span dir="auto">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The same choice with one more or one less. */
export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
