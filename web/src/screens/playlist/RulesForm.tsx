import { Plus } from 'lucide-react';
import { type FormEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Select, TextField } from '../../components/controls/TextField';
import { RuleRow } from './RuleRow';
import { type Draft, type DraftRule, MAX_LIMIT, MAX_RULES, newRule, type RuleSort, ruleOfError, SORTS } from './rules';
import styles from './SmartEditor.module.css';

/** What the server refused, and which part of the input it is about. */
export interface RulesError {
  readonly message: string;
  readonly path: readonly string[] | null;
}

export interface RulesFormProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** A playlist that is there already has its title elsewhere. */
  readonly isNew: boolean;
  readonly error: RulesError | null;
  readonly isSaving: boolean;
  readonly onSubmit: () => void;
}

/** The rules as a form: which must hold, in what order the tracks come, how many. */
export function RulesForm({ draft, onChange, isNew, error, isSaving, onSubmit }: RulesFormProps) {
  const { t } = useTranslation(['playlists', 'common']);
  const list = useRef<HTMLUListElement>(null);
  const isOfTitle = error?.path?.[0] === 'title';
  const wrongRule = isOfTitle ? null : ruleOfError(error?.path);
  const setRule = (changed: DraftRule) =>
    onChange({ ...draft, rules: draft.rules.map((rule) => (rule.key === changed.key ? changed : rule)) });
  const remove = (key: number) => {
    onChange({ ...draft, rules: draft.rules.filter((rule) => rule.key !== key) });
    list.current?.querySelector('select')?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {isNew && (
        <TextField
          label={t('playlists:title')}
          required
          maxLength={200}
          autoComplete="off"
          dir="auto"
          value={draft.title}
          error={isOfTitle ? error?.message : null}
          onChange={(event) => onChange({ ...draft, title: event.target.value })}
        />
      )}
      <fieldset className={styles.rules}>
        <legend>{t('playlists:rules.heading')}</legend>
        <Select
          className={styles.match ?? ''}
          label={t('playlists:rules.match')}
          value={draft.match}
          options={(['ALL', 'ANY'] as const).map((value) => ({ value, label: t(`playlists:rules.match.${value}`) }))}
          onChange={(match) => onChange({ ...draft, match: match as Draft['match'] })}
        />
        <ul ref={list} className={styles.list}>
          {draft.rules.map((rule, index) => (
            <RuleRow
              key={rule.key}
              rule={rule}
              number={index + 1}
              error={wrongRule === index ? (error?.message ?? null) : null}
              onChange={setRule}
              onRemove={draft.rules.length > 1 ? () => remove(rule.key) : null}
            />
          ))}
        </ul>
        <Button
          size="s"
          icon={<Plus size={16} />}
          disabled={draft.rules.length >= MAX_RULES}
          onClick={() => onChange({ ...draft, rules: [...draft.rules, newRule()] })}
        >
          {t('playlists:rules.add')}
        </Button>
      </fieldset>
      <div className={styles.pair}>
        <Select
          label={t('playlists:rules.sort')}
          value={draft.sort}
          options={SORTS.map((value) => ({ value, label: t(`playlists:rules.sort.${value}`) }))}
          onChange={(sort) => onChange({ ...draft, sort: sort as RuleSort })}
        />
        <TextField
          label={t('playlists:rules.limit')}
          type="number"
          inputMode="numeric"
          min={1}
          max={MAX_LIMIT}
          required
          value={draft.limit || ''}
          onChange={(event) => onChange({ ...draft, limit: Number(event.target.value) })}
        />
      </div>
      {error && !isOfTitle && wrongRule === null && (
        <p className={styles.error} role="alert">
          {error.message}
        </p>
      )}
      <Button type="submit" variant="primary" size="l" busy={isSaving}>
        {isNew ? t('common:create') : t('common:save')}
      </Button>
    </form>
  );
}
