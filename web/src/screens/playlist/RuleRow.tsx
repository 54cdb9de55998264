import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { IconButton } from '../../components/controls/Button';
import { Select, TextField } from '../../components/controls/TextField';
import {
  type DraftRule,
  FIELDS,
  kindOf,
  minutesOf,
  msOf,
  opsOf,
  type RuleField,
  type RuleOp,
  withField,
  withOp,
} from './rules';
import styles from './SmartEditor.module.css';

export interface RuleRowProps {
  readonly rule: DraftRule;
  /** Its place, from 1; in a group behind that of the group, such as `2.1`. */
  readonly number: string;
  readonly error: string | null;
  readonly onChange: (rule: DraftRule) => void;
  /** Null: it is all that there is, and there must be something. */
  readonly onRemove: (() => void) | null;
}

/** One rule: what it looks at, how it tests, and with what. */
export function RuleRow({ rule, number, error, onChange, onRemove }: RuleRowProps) {
  const { t } = useTranslation('playlists');
  const kind = kindOf(rule.field);
  return (
    <li className={styles.rule}>
      <fieldset>
        <legend className="visually-hidden">{t('rules.rule', { number })}</legend>
        <Select
          label={t('rules.field')}
          hideLabel
          value={rule.field}
          options={FIELDS.map((value) => ({ value, label: t(`rules.field.${value}`) }))}
          onChange={(field) => onChange(withField(rule, field as RuleField))}
        />
        {kind !== 'truth' && (
          <Select
            label={t('rules.op')}
            hideLabel
            value={rule.op}
            options={opsOf(rule.field).map((value) => ({
              value,
              label: t(
                kind === 'date' || kind === 'text'
                  ? `rules.op.${kind}.${value as 'IS'}`
                  : `rules.op.number.${value as 'IS'}`,
              ),
            }))}
            onChange={(op) => onChange(withOp(rule, op as RuleOp))}
          />
        )}
        <Value rule={rule} error={error} onChange={onChange} />
        {onRemove && <IconButton label={t('rules.remove', { number })} icon={<X size={18} />} onClick={onRemove} />}
      </fieldset>
    </li>
  );
}

/** The value, in the form of what it is compared with. */
function Value({ rule, error, onChange }: Pick<RuleRowProps, 'rule' | 'error' | 'onChange'>) {
  const { t } = useTranslation('playlists');
  const kind = kindOf(rule.field);
  const label = t('rules.value');
  const set = (value: string) => onChange({ ...rule, value });
  const shared = { label, hideLabel: true, required: true, error };
  if (kind === 'truth') {
    const value = (rule.op === 'IS_NOT') === (rule.value === 'true') ? 'false' : 'true';
    const options = (['true', 'false'] as const).map((truth) => ({ value: truth, label: t(`rules.truth.${truth}`) }));
    return (
      <Select
        label={label}
        hideLabel
        value={value}
        options={options}
        onChange={(truth) => onChange({ ...rule, op: 'IS', value: truth })}
      />
    );
  }
  if (kind === 'minutes') {
    return (
      <TextField
        {...shared}
        label={t('rules.minutes')}
        type="number"
        inputMode="decimal"
        min={0}
        step="any"
        placeholder={t('rules.minutes')}
        value={rule.value === '' ? '' : minutesOf(rule.value)}
        onChange={(event) => set(msOf(event.target.value))}
      />
    );
  }
  if (kind === 'count') {
    return (
      <TextField
        {...shared}
        type="number"
        inputMode="numeric"
        min={0}
        step={1}
        value={rule.value}
        onChange={(event) => set(event.target.value)}
      />
    );
  }
  if (kind === 'date' && rule.op === 'IN_LAST_DAYS') {
    return (
      <TextField
        {...shared}
        label={t('rules.days')}
        type="number"
        inputMode="numeric"
        min={1}
        step={1}
        placeholder={t('rules.days')}
        value={rule.value}
        onChange={(event) => set(event.target.value)}
      />
    );
  }
  if (kind === 'date') {
    // Also a year or a month alone, which a date picker would not take.
    return (
      <TextField
        {...shared}
        label={t('rules.date')}
        pattern="\d{4}(-\d{2}(-\d{2})?)?"
        placeholder="2019-05-31"
        title={t('rules.dateHint')}
        dir="ltr"
        value={rule.value}
        onChange={(event) => set(event.target.value)}
      />
    );
  }
  return (
    <TextField
      {...shared}
      dir="auto"
      autoComplete="off"
      placeholder={t(`rules.field.${rule.field}`)}
      value={rule.value}
      onChange={(event) => set(event.target.value)}
    />
  );
}
