import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Suspense, useState } from 'react';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { loadTexts, startI18n } from '../../i18n';
import { type RulesError, RulesForm } from './RulesForm';
import { type Draft, EMPTY_DRAFT, inputOf, newRule } from './rules';

let draft: Draft;

function Form({ error = null }: { error?: RulesError | null }) {
  const [state, setState] = useState<Draft>(() => ({
    ...EMPTY_DRAFT(),
    rules: [{ ...newRule('TITLE'), value: 'rain' }],
  }));
  draft = state;
  return (
    <Suspense>
      <RulesForm draft={state} onChange={setState} isNew={false} error={error} isSaving={false} onSubmit={() => {}} />
    </Suspense>
  );
}

const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));

/** Keys that are pressed one after the other take their time where many tests run at once. */
const SLOW = { timeout: 30_000 };

afterEach(cleanup);
beforeAll(async () => {
  await startI18n('en');
  await loadTexts('playlists', 'common');
});

test('groups are made, filled and removed by their names', SLOW, async () => {
  render(<Form />);
  expect(screen.queryByRole('button', { name: 'Remove rule 1' })).toBeNull();
  await press('Add group');
  await press('Add rule to group 1');
  await press('Add group to group 1');
  const inner = within(screen.getByRole('group', { name: 'Group 1.1' }));
  await userEvent.type(inner.getByRole('textbox', { name: 'Value' }), 'Jazz');
  await userEvent.selectOptions(inner.getByRole('combobox', { name: 'This group holds when' }), 'ALL');
  await press('Remove rule 1.2');
  const genre = { field: 'GENRE', op: 'CONTAINS' };
  expect(inputOf(draft)).toBeNull();
  await userEvent.type(
    within(screen.getByRole('group', { name: 'Rule 1.1' })).getByRole('textbox', { name: 'Value' }),
    'Rock',
  );
  expect(inputOf(draft)?.groups).toEqual([
    {
      match: 'ANY',
      rules: [{ ...genre, value: 'Rock' }],
      groups: [{ match: 'ALL', rules: [{ ...genre, value: 'Jazz' }], groups: [] }],
    },
  ]);
  await press('Remove group 1');
  expect(draft.groups).toEqual([]);
});

test('groups stand three deep and no deeper', SLOW, async () => {
  render(<Form />);
  for (const name of ['Add group', 'Add group to group 1', 'Add group to group 1.1']) await press(name);
  expect(screen.getByRole('group', { name: 'Group 1.1.1' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Add group to group 1.1.1' })).toBeNull();
});

test('what the server refuses stands at the rule that it is about', SLOW, async () => {
  const { rerender } = render(<Form />);
  await press('Add group');
  rerender(<Form error={{ message: 'No such genre', path: ['rules', 'groups', '0', 'rules', '0', 'value'] }} />);
  expect(within(screen.getByRole('group', { name: 'Rule 1.1' })).getByText('No such genre')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
  rerender(<Form error={{ message: 'Too many', path: ['rules', 'rules'] }} />);
  expect(screen.getByRole('alert').textContent).toBe('Too many');
});
