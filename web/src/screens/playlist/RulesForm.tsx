import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { Button } from '../../components/controls/Button';
import { Select, TextField } from '../../components/controls/TextField';
import { RuleGroup } from './RuleGroup';
import { countRules, type Draft, MAX_LIMIT, placeOfError, type RuleSort, SORTS } from './rules';
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
  const isOfTitle = error?.path?.[0] === 'title';
  const place = placeOfError(error?.path);
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
      <RuleGroup
        group={draft}
        legend={t('playlists:rules.heading')}
        number=""
        depth={0}
        total={countRules(draft)}
        error={place && error ? { place, message: error.message } : null}
        onChange={(group) => onChange({ ...draft, ...group })}
        onRemove={null}
      />
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
      {error && !isOfTitle && place === null && (
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
