import { ListTree, Plus, X } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { Button, IconButton } from '../../components/controls/Button';
import { Select } from '../../components/controls/TextField';
import { RuleRow } from './RuleRow';
import {
  type DraftGroup,
  type DraftRule,
  type ErrorPlace,
  MAX_DEPTH,
  MAX_RULES,
  newGroup,
  newRule,
  placeWithin,
} from './rules';
import styles from './SmartEditor.module.css';

export interface RuleGroupProps {
  readonly group: DraftGroup;
  readonly legend: string;
  /** Its place, such as `2.1`; empty for the rules themselves. */
  readonly number: string;
  /** In how many groups it stands. */
  readonly depth: number;
  /** How many rules there are in all. */
  readonly total: number;
  /** What the server refused in here. */
  readonly error: { readonly place: ErrorPlace; readonly message: string } | null;
  readonly onChange: (group: DraftGroup) => void;
  /** Null: it cannot be removed. */
  readonly onRemove: (() => void) | null;
}

/** Rules that stand together, and the groups in them: which must hold. */
export function RuleGroup({ group, legend, number, depth, total, error, onChange, onRemove }: RuleGroupProps) {
  const { t } = useTranslation('playlists');
  const box = useRef<HTMLFieldSetElement>(null);
  const isFull = total >= MAX_RULES;
  const isOnly = group.rules.length + group.groups.length === 1;
  const numbered = (index: number) => (number ? `${number}.${index + 1}` : `${index + 1}`);
  const setRule = (changed: DraftRule) =>
    onChange({ ...group, rules: group.rules.map((rule) => (rule.key === changed.key ? changed : rule)) });
  const setGroup = (changed: DraftGroup) =>
    onChange({ ...group, groups: group.groups.map((inner) => (inner.key === changed.key ? changed : inner)) });
  const remove = (key: number) => {
    onChange({
      ...group,
      rules: group.rules.filter((rule) => rule.key !== key),
      groups: group.groups.filter((inner) => inner.key !== key),
    });
    box.current?.querySelector('select')?.focus();
  };
  const isOfGroup = error?.place.groups.length === 0;
  return (
    <fieldset ref={box} className={styles.rules}>
      <legend>{legend}</legend>
      {onRemove && (
        <IconButton
          className={styles.removeGroup ?? ''}
          label={t('rules.removeGroup', { number })}
          icon={<X size={18} />}
          onClick={onRemove}
        />
      )}
      <Select
        className={styles.match ?? ''}
        label={t(depth === 0 ? 'rules.match' : 'rules.groupMatch')}
        value={group.match}
        options={(['ALL', 'ANY'] as const).map((value) => ({ value, label: t(`rules.match.${value}`) }))}
        onChange={(match) => onChange({ ...group, match: match as DraftGroup['match'] })}
      />
      <ul className={styles.list}>
        {group.rules.map((rule, index) => (
          <RuleRow
            key={rule.key}
            rule={rule}
            number={numbered(index)}
            error={error && isOfGroup && error.place.rule === index ? error.message : null}
            onChange={setRule}
            onRemove={isOnly ? null : () => remove(rule.key)}
          />
        ))}
      </ul>
      {group.groups.map((inner, index) => {
        const place = error && placeWithin(error.place, index);
        return (
          <RuleGroup
            key={inner.key}
            group={inner}
            legend={t('rules.group', { number: numbered(index) })}
            number={numbered(index)}
            depth={depth + 1}
            total={total}
            error={place && error ? { place, message: error.message } : null}
            onChange={setGroup}
            onRemove={isOnly ? null : () => remove(inner.key)}
          />
        );
      })}
      {error && isOfGroup && error.place.rule === null && (
        <p className={styles.error} role="alert">
          {error.message}
        </p>
      )}
      <div className={styles.add}>
        <Button
          size="s"
          icon={<Plus size={16} />}
          disabled={isFull}
          aria-label={number ? t('rules.addTo', { number }) : undefined}
          onClick={() => onChange({ ...group, rules: [...group.rules, newRule()] })}
        >
          {t('rules.add')}
        </Button>
        {depth < MAX_DEPTH && (
          <Button
            size="s"
            variant="quiet"
            icon={<ListTree size={16} />}
            disabled={isFull}
            aria-label={number ? t('rules.addGroupTo', { number }) : undefined}
            onClick={() => onChange({ ...group, groups: [...group.groups, newGroup()] })}
          >
            {t('rules.addGroup')}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
